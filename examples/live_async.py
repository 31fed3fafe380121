"""Transcribe a recording on this machine as it plays: python examples/live_async.py FILE."""

import asyncio
import sys

from sonant import AsyncDeepgramClient, LiveResults


async def main(recording: str) -> None:
    """Print each final as it comes."""
    async with AsyncDeepgramClient.local() as client, client.listen.live(punctuate=True) as live:
        async for event in live.stream(recording, speed=2):
            if isinstance(event, LiveResults) and event.is_final:
                print(event.transcript)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
