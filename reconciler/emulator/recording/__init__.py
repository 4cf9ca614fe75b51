"""Recordings: what a service answered, scrubbed, and what of it the emulator would have answered too.

`exchange` is the format; `scrubbing` and its neighbours take out what is anybody's; `comparing` says what differs, by
`grounds` of which row of the provenance; `twin` keeps an emulator in the state that a recording shows, and `recorder`
stands between a client and a service. All but the last work on values: a recording that is made and one that is
replayed go the same way.
"""

from __future__ import annotations
