"""The steps. One that was released is never changed: a new one comes after it, and `HEAD` names it."""
