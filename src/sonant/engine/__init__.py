"""The server: speech becomes words on this machine. `app.py` joins the parts, `serve.py` runs them."""
