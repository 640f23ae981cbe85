"""What things are. Pure: no I/O, no clock, no randomness; the standard library and NHS-number rules only.

The nouns, as the field uses them:

- *Document*: a file as it was received. *Arrival*: one delivery of it; the same document may arrive twice.
- *Container*: a mail or an archive. Its *Parts* are documents of their own, and have its arrivals.
- *Reading*: what a document says. *CaseList*: the reading of a meeting's list; *Case* and *Subject* are on it.
- *Subject*: a person named in a case, before we know which *Patient* that is.
- *Role*: what the case says the person is: victim, perpetrator, child, other.
- *Patient*: a person in the index. *MatchCandidate*: a patient who may be the subject, with a *MatchGrade*.
- *Flag*: the alert on a patient's record. *Ground*: the case that a flag rests on.
- *Meeting*: one MARAC, of one area on one day. *Outcome*: the brief record of what it decided.
- *HELD*: waits for a person. *Settle*: that person's answer.
- *Certificate*: the evidence that a document was destroyed.
"""
