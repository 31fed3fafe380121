"""A transcript becomes captions: `webvtt(transcript)` or `srt(transcript)`. Knows only the contract."""

from sonant.captions.cues import CaptionError, Converter, Cue, Profile, Source
from sonant.captions.srt import srt
from sonant.captions.webvtt import webvtt

__all__ = ["CaptionError", "Converter", "Cue", "Profile", "Source", "srt", "webvtt"]
