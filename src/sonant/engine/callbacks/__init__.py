"""Results sent to a URL: what was promised is kept on disk until it is delivered.

    accepted ───worked on───► waiting ──2xx──► gone
                                ▲  │
                                └──┘ anything else: again after `callback_delay`, up to `callback_retries` times

`store.py` remembers, `deliver.py` calls the receiver, `run.py` moves each promise along.
A live stream's messages are not kept: `relay.py` and `socketrelay.py` send them on while it runs.
"""
