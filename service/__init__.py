"""The web service: an artifact, an engine, an API. It needs neither `model` nor `training`."""
