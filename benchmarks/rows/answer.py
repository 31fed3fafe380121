"""From the start of the process to the first REST answer; measured from outside."""

import measure

given = measure.arguments()
if given["impl"] == "official":
    import clients

    reply = clients.official(given["url"]).manage.v1.models.list()
    names = [model.name for model in [*reply.stt, *reply.tts]]
elif given["impl"] == "ours":
    import clients

    reply = clients.ours(given["url"]).models.get_all()
    names = [model.name for model in [*reply.stt, *reply.tts]]
else:
    import msgspec
    from pyreqwest.client import SyncClientBuilder

    body = SyncClientBuilder().build().get(given["url"] + "/v1/models").build().send().bytes()
    lists = msgspec.json.decode(body)
    names = [model["name"] for model in [*lists["stt"], *lists["tts"]]]
measure.emit(n=1, hwm=measure.memory(), check=" ".join(names))
