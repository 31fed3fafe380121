"""What an operator watches, in the text format of Prometheus. The names of hosted installations come first."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)

_LIVE_BUCKETS = (0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10)
_FIRST_BUCKETS = (0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5)


class Metrics:
    """Counters of one engine, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self.active = Gauge("engine_active_requests", "Requests being worked on.", ["kind"], registry=registry)
        self.requests = Counter(
            "engine_requests", "Requests that were answered.", ["kind", "response_status"], registry=registry
        )
        self.seconds = Histogram(
            "engine_batch_response_time_seconds",
            "Seconds from a request for a recording to its answer.",
            buckets=_BUCKETS,
            registry=registry,
        )
        self.audio_seconds = Counter("sonant_audio_seconds", "Seconds of audio transcribed.", registry=registry)
        self.stream_latency = Histogram(
            "engine_stream_latency_seconds",
            "Seconds from when live words are due as final to when they are, of audio that is sent as it is spoken.",
            buckets=_LIVE_BUCKETS,
            registry=registry,
        )
        self.speech_seconds = Counter("sonant_speech_seconds", "Seconds of speech made.", registry=registry)
        self.speech_characters = Counter(
            "sonant_speech_characters", "Characters of text that were spoken.", registry=registry
        )
        self.first_audio = Histogram(
            "sonant_first_audio_seconds",
            "Seconds from a text to the first of its audio.",
            buckets=_FIRST_BUCKETS,
            registry=registry,
        )
        self.streams_refused = Counter(
            "sonant_streams_refused", "Streams for which there was no room.", registry=registry
        )
        self.interims = Counter(
            "sonant_interims",
            "Times that live streams heard what was not final yet: for an interim result, or for updates of a turn.",
            registry=registry,
        )
        self.interims_left_out = Counter(
            "sonant_interims_left_out", "Interim results that were left out, as the models are busy.", registry=registry
        )
        self.callbacks = Counter("sonant_callbacks", "Callbacks that came to an end.", ["outcome"], registry=registry)
        self.callback_failures = Counter(
            "sonant_callback_failed_tries", "Deliveries that the receiver did not take.", registry=registry
        )
        for kind in ("batch", "stream", "tts"):
            self.active.labels(kind)
        for outcome in ("delivered", "given up"):
            self.callbacks.labels(outcome)

    def watch(self, name: str, meaning: str, read: Callable[[], float]) -> None:
        """Add a value that is read when somebody asks."""
        Gauge(name, meaning, registry=self._registry).set_function(read)

    def note_batch(self, status: int, seconds: float) -> None:
        """Count a request for the transcript of a recording."""
        self.requests.labels("batch", str(status)).inc()
        self.seconds.observe(seconds)

    def note_speech(self, status: int) -> None:
        """Count a request for speech."""
        self.requests.labels("tts", str(status)).inc()

    def show(self) -> bytes:
        """All of them, as text."""
        return generate_latest(self._registry)
