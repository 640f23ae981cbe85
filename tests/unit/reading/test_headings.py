"""What headings mean: the thirty names of one column, and the columns that only look like ours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading_room import vocabulary

from integration.domain.people import Role
from integration.reading.vocabulary import vocabulary as raw_vocabulary
from mappings.case_lists.headings import Heading, Sense, read_heading
from mappings.case_lists.vocabulary import Field, Vocabulary

V, P, C = Role.VICTIM, Role.PERPETRATOR, Role.CHILD


def read(text: str) -> Heading:
    return read_heading(text, vocabulary())


@pytest.mark.parametrize(
    ("texts", "wanted", "role"),
    [
        ("Victim name|Victim Name|Name of Victim|VICTIM'S NAME|Victim's full name"
         "|Survivor name|Client name|VictimName|victim_name"
         "|Alleged victim's name|Victim Name (SURNAME in capitals)|Name of the victim"
         "|Victim/survivor name", Field.NAME, V),
        ("Perpetrator(s) name|Perpetrator's name|Suspect name|Offender Name|Name of alleged perpetrator|Perp name"
         "|Name of person causing harm|Alleged abuser's name|PERPETRATOR NAME(S)", Field.NAME, P),
        ("Victim DOB|Victim D.O.B.|Victim's date of birth|DOB of victim|victim_dob"
         "|Date of birth (victim)|Client DOB/age", Field.BIRTH, V),
        ("Perpetrator(s) DOB|Suspect's D.o.B|Alleged perpetrator date of birth", Field.BIRTH, P),
        ("Victim|VICTIM DETAILS|Details of Victim|Client Details"
         "|Victim (name, DOB, address)|Victim name and address|Name & DOB of victim"
         "|Victim(s)|Details of Survivor|Victim information", Field.PERSON, V),
        ("Details of Suspect|Alleged perpetrator|Perpetrator(s)|person causing harm|Offender details", Field.PERSON, P),
        ("Children|List all children of victim/ perpetrator|Child details"
         "|Children (names and DOB)|Victim's children|Kids"
         "|Children in household", Field.PERSON, C),
        ("Address of alleged perpetrator|Perpetrator's Location (if different)"
         "|Perpetrator(s) address|Suspect home address", Field.ADDRESS, P),
        ("Relationship to victim|Relationship to Victim"
         "|Relationship between victim and perpetrator|Status of relationship"
         "|Perpetrator's relationship to victim", Field.RELATIONSHIP, None),
        ("Relationship to perpetrator|Relationship with perpetrator", Field.RELATIONSHIP_TO_PERPETRATOR, None),
        ("Case No|Case No.|Case number|case_ref|MARAC ref|Case Reference|Ref|caseId|URN", Field.CASE_REF, None),
        ("No.|#|Item", Field.CASE_ORDER, None),
        ("MARAC repeat (Y/N)|Repeat?|Repeat Referral|Repeat (Y/N)|New or repeat", Field.REPEAT, None),
        ("Role|Role in case|Victim/Perpetrator|party|Victim / Perpetrator / Child", Field.ROLE, None),
        ("NHS No|NHS number|nhs_number|NHS #|NHSNumber", Field.NHS_NUMBER, None),
        ("AKA|Alias(es)|also_known_as|Maiden name|Aliases or different spellings|Known as", Field.AKA, None),
        ("Gender|Sex|M/F|Gender M/F", Field.SEX, None),
        ("Surname|Family name|Last name", Field.FAMILY, None),
        ("Forename(s)|First name|Given names", Field.GIVEN, None),
        ("Meeting date|Date of MARAC|meeting_date|Date of meeting", Field.MEETING_DATE, None),
        ("Safe telephone contact|Telephone number|Mobile|Contact no.", Field.PHONE, None),
    ],
)  # fmt: skip
def test_the_many_names_of_one_column(texts: str, wanted: Field, role: Role | None) -> None:
    for text in texts.split("|"):
        heading = read(text)
        assert (text, heading.sense, set(heading.fields), heading.role) == (text, Sense.KNOWN, {wanted}, role)


@pytest.mark.parametrize(
    "text",
    [
        "Referring Agency",
        "Name of Referrer",
        "Referrer Name & Agency",
        "NAME AND ROLE OF PERSON COMPLETING REFERRAL",
        "Date of referral",
        "DASH score",
        "Is the victim aware of Marac referral?",
        "Victim's GP",
        "Case type",
        "Number of children",
        "Name of school",
        "Perpetrators child?",
        "Ethnicity",
        "Living with client? / Perpetrators child?",
        "Reasons for Referral",
        "DATE(S) OF LAST MARAC",
        "Officer in Charge",
        "Lead agency",
        "Victim's employer",
        "Is this number safe to call?",
        "Crime Reference Number",
        "Victim consent",
    ],
)
def test_columns_that_are_nothing_to_us(text: str) -> None:
    assert read(text).sense is Sense.IGNORED


@pytest.mark.parametrize(
    "text",
    [
        "Victim & perpetrator",
        "Victim name and GP",
        "Victim and children",
        "Case / Victim",
        "Victim's mother",
        "Zzxy",
        "Party 1 / Party 2 alias",
    ],
)
def test_what_is_not_clear_is_not_understood(text: str) -> None:
    assert read(text).sense is Sense.UNKNOWN


@pytest.mark.parametrize(
    ("text", "number"), [("Perpetrator 2", 2), ("Perp 1 name", 1), ("Victim (3) DOB", 3), ("Victim address 1", None)]
)
def test_numbers_tell_people_apart(text: str, number: int | None) -> None:
    assert read(text).number == number


def test_a_surname_before_the_forename_is_the_order_of_the_names_below() -> None:
    assert read("Victim (Surname, Forename)").family_first
    assert not read("Victim forename and surname").family_first


def test_no_phrase_of_the_vocabulary_means_two_things() -> None:
    raw = raw_vocabulary()
    twice = {**raw, "fields": {**raw["fields"], "name": [*raw["fields"]["name"], "Victims"]}}
    try:
        Vocabulary.from_mapping(twice)
    except ValueError as error:
        assert "victim" in str(error)
    else:
        raise AssertionError("a phrase with two meanings was taken")


def test_every_role_and_field_has_words() -> None:
    raw = raw_vocabulary()
    assert set(raw["roles"]) == {role.value for role in Role}
    assert set(raw["fields"]) == {wanted.value for wanted in Field}


@given(st.text(max_size=60))
def test_any_text_at_all_is_survived(text: str) -> None:
    heading = read(text)
    assert (heading.sense is Sense.KNOWN) == bool(heading.fields)
