"""The server: speech becomes words on this machine. `app.py` joins the parts, `serve.py` runs them."""

from sonant.lasting import load_pyreqwest

load_pyreqwest()  # first of all: an app may be built in a thread that ends
