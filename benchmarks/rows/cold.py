"""Import and construct a client; measured from outside. The floor is the bare interpreter."""

import measure

impl = measure.arguments()["impl"]
if impl == "official":
    from deepgram import DeepgramClient

    client = DeepgramClient(api_key="not-a-key")
elif impl == "ours":
    from sonant import DeepgramClient

    client = DeepgramClient("not-a-key")
measure.emit(n=1, hwm=measure.memory(), check="constructed")
