"""What mypy and pyright must refuse: every line marked so, and no other."""

from collections.abc import AsyncIterator

from sonant import AsyncDeepgramClient, DeepgramClient, TranscribeOptions, TurnInfo

client = DeepgramClient("key")
aclient = AsyncDeepgramClient("key")

client.listen.prerecorded.transcribe_file(b"", punctuat=True)  # refused: a misspelt option
client.listen.prerecorded.transcribe_file(b"", encoding="mp2")  # refused: a wrong literal
client.listen.prerecorded.transcribe_file(b"", punctuate="yes")  # refused: a text for a flag
client.listen.prerecorded.transcribe_file(b"", utt_split="long")  # refused: a text for a number
client.listen.prerecorded.transcribe_file(5)  # refused: not a source
client.listen.prerecorded.transcribe_fil(b"")  # refused: a misspelt method
client.lisen  # refused: a misspelt namespace # noqa: B018
client.models.get_model()  # refused: an id is missing
client.listen.prerecorded.transcribe_url("https://x").word  # refused: a misspelt field # noqa: B018
client.models.get_all().stt[0].uid  # refused: a misspelt field # noqa: B018
DeepgramClient("key", base_uri="http://x")  # refused: a misspelt setting
DeepgramClient("key", region="mars")  # refused: a wrong literal
options: TranscribeOptions = {"modell": "nova-3"}  # refused: a misspelt option

client.speak.request("Hi.", encoding="mp4")  # refused: a wrong literal
client.speak.request("Hi.", sample_rates=8000)  # refused: a misspelt option
client.speak.request(5)  # refused: not a source
client.speak.request_flux("Hi.")  # refused: a model is missing
client.speak.request("Hi.").model  # refused: a misspelt field # noqa: B018
client.speak.live(encoding="mp3")  # refused: a live voice has no such encoding
client.speak.live().interrupt()  # refused: of the other socket
client.speak.turns(model="flux-kit-en").clear()  # refused: of the other socket


def hear(results: TurnInfo) -> None:
    print(results.transcript)


client.listen.live().on("Results", hear)  # refused: a handler of another event
client.listen.live().on("Result", print)  # refused: a misspelt event


async def main() -> None:
    aclient.speak.request("Hi.").read()  # refused: a missing await
    for _ in aclient.speak.long("Hi."):  # refused: a plain for over an async stream
        pass
    aclient.models.get_all()  # refused: a forgotten await
    aclient.listen.prerecorded.transcribe_file(b"")  # refused: a forgotten await
    aclient.models.get_all().stt  # refused: a missing await # noqa: B018
    reply = aclient.listen.prerecorded.transcribe_file(b"")
    print(reply.transcript)  # refused: a missing await
    await client.models.get_all()  # refused: an await too many
    await aclient.listen.prerecorded.transcribe_file(b"", punctuat=True)  # refused: a misspelt option


async def token() -> str:
    return "token"


DeepgramClient(access_token=token)  # refused: a coroutine function for the synchronous client


async def chunks() -> AsyncIterator[bytes]:
    yield b""
