"""What a document says: bytes → container → cells → layout → people and cases. Pure: no I/O, no clock.

Start at `containers.readings_of`. A container (`containers`) becomes lines and tables of cells that know their place
(`content`); headings (`headings`, `columns`) or labels (`forms`) say what each cell means; `people`, `names`, `births`
and `addresses` take the cells apart; `kinds` and `meetings` say what the document is and which meeting it is for.
Tables that lie on their side or fold several people together are set upright first (`transposed`, `unfolding`).
Columns that do not say whose they are belong to a name, a letter or what their cells say (`ownership`, `letters`,
`unnamed`), or to nobody.

A role is taken from a heading, a group heading, a label or a role cell, or it is not taken at all. What is not
understood becomes a problem with its place (`doubts`), never silence. An area's own layout (`layouts`, and the modules
whose names begin so) takes the place of all recognising: what is not as it says is held.
"""
