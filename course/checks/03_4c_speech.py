"""Checks of the exercises of chapter 3.4c: None for a right answer, else a hint or three graded ones."""

from talentlab.course.answers import AnswerError, call, compare, compare_letters, number, numbers


def exercise_A(answer):
    return compare_letters(
        answer,
        "bd",
        "whose voices are in the test, and did training hear them?",
        {
            "a": "other takes of every tested voice are in training",
            "b": "no recording of the four tested voices is in training",
            "c": "a voice's earlier recordings teach its last one",
            "d": "in each fold the tested voices are new, and every voice is tested once",
        },
    )


def exercise_B(answer):
    def read(path):
        found = call(answer, path)
        try:
            return [int(sign) for sign in found]
        except (TypeError, ValueError):
            raise AnswerError(
                "it returns something else", expected="a list of signs", remedy="return the signs that are left"
            ) from None

    path = [0, 4, 4, 0, 0, 4, 7, 7, 0]
    found = read(path)
    if found == path:
        return "nothing has changed: repeats become one, and blanks go."
    if 0 in found:
        return f"of {path} yours leaves blanks: they go at the end."
    if found == [4, 4, 4, 7, 7]:
        return "repeats that touch have to become one."
    if found == [4, 7]:
        return (
            "two fours with a blank between them are two. In which order do the two steps come?",
            "merge repeats while the blanks still keep equal digits apart.",
            "first drop each sign that equals the one before it, then drop the zeros.",
        )
    if found != [4, 4, 7]:
        return f"of {path} yours makes {found}; the rule makes [4, 4, 7]."
    if read([]) != [] or read([0, 0]) != []:
        return "an empty path, or one of blanks alone, spells nothing."
    if read([3, 3, 3]) != [3]:
        return "a path without blanks has repeats, too."
    return None


def exercise_1(answer):
    slips = {
        (120, 30): "every 10 ms a window begins, but the last ones would reach beyond the end.",
        (117, 30): "the first window begins at 0: it counts as well.",
        (48, 12): "windows overlap: they begin every 10 ms, not every 25.",
        (118, 59): "two layers halve the number.",
        (118, 29): "59 is odd: half of it is rounded up.",
        (118, 15): "two layers, not three.",
        (30, 118): "the two are swapped: the spectrogram comes first.",
    }
    hints = (
        "at which millisecond does the last whole window begin?",
        "it begins at 1,175 ms at the latest; the beginnings are multiples of 10 ms, from 0 on.",
        "0, 10, … up to the last multiple of 10 that is not above 1,175; then halve twice and round up each time.",
    )
    return compare(numbers(answer, 2, names=("spectrogram", "network"), whole=True), (118, 30), slips, hints)


def exercise_2(answer):
    slips = {
        1 / 6: "the lengths differ by one, but not every edit changes the length.",
        3 / 5: "it is divided by what was said, not by what was written.",
        2 / 6: "one edit is missing: compare the ends, too.",
        4 / 6: "that compares place by place; after an omission all places are shifted.",
        5 / 6: "that compares place by place; after an omission all places are shifted.",
        0.03: "that is the number of edits; divide it by the digits said.",  # 3, read as per cent
    }
    hints = (
        "which digits are missing, and which are too many?",
        "lay 47122 under 407712 so that as many digits as possible stand under their like.",
        "two digits are missing and one is too many; divide their number by six.",
    )
    return compare(number(answer), 0.5, slips, hints, rounding=0.01, unit="share or per cent")


def exercise_3(answer):
    def edits(said, written):
        return number(call(answer, said, written), whole=True)

    if edits("", "47") != 2 or edits("47", "") != 2:
        return "one of the two may be empty: then every sign of the other is an edit."
    if edits("407", "407") != 0:
        return "equal texts need no edit."
    if (found := edits("407", "417")) != 1:
        if found == 2:
            return "a sign in place of another is one substitution, not an insertion and a deletion."
        return "407 and 417 differ by one substitution."
    if edits("407", "47") != 1 or edits("47", "407") != 1:
        return "a missing sign, or one too many, is one edit; what follows it is not shifted."
    if edits("1234", "2341") != 2:
        return (
            "1234 and 2341: what is the cheapest way?",
            "let a table hold the edits between each beginning of one text and each beginning of the other.",
            "a field is the least of: above + 1, left + 1, above left + (1 if the two signs differ).",
        )
    if edits([4, 0, 7], [4, 7, 7, 1]) != 2:
        return "it has to work on lists of numbers as well."
    return None


def exercise_4(answer, clips):
    if not isinstance(answer, dict) or set(answer) != {"two", "all", "better"}:
        raise AnswerError(
            "this is something else", expected="a dictionary with the keys two, all, better", remedy="give these three"
        )
    shares = {name: number(answer[name]) for name in ("two", "all")}
    for name, share in shares.items():
        if not 0 <= share <= 1:
            return f"the share under {name!r} is {share:g}: right answers divided by clips lie between 0 and 1."
        if abs(share * clips - round(share * clips)) > 1e-3:
            return f"the share under {name!r} is no count of {clips} clips: was it measured on `exam_new`?"
    if answer["better"] not in shares:
        return 'under "better" stands one of the two names, "two" or "all".'
    if shares[answer["better"]] < max(shares.values()):
        shown = ", ".join(f"{name} {share:.2f}" for name, share in shares.items())
        return f"you found {shown}: which is higher?"
    return None
