"""The service process behind the window: typed messages in, typed messages out.

The contract is `messages` (the envelopes), `requests` with `curation_requests` and `query`, `replies`, `events`,
`base` and `channel` (the frames). These modules import nothing heavy, so that the window may import them.
Everything else here runs in the engine's own process, `ritrova engine`.
"""
