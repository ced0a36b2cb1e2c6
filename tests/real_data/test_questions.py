"""SQuAD and CMRC 2018 as they are: do readers, offsets, metrics and head hold on texts that are not ours?"""

import pytest

from talentlab import models, training
from talentlab.data.questions import load_questions
from talentlab.evaluation.answers import score_answers
from talentlab.models import reading, spans


@pytest.mark.parametrize(
    ("name", "language", "model", "count"),
    [("squad/dev.jsonl.gz", "en", "minilm", 2000), ("cmrc2018/trial.jsonl.gz", "zh", "e5-zh:4", 1002)],
)
def test_public_questions_are_read_labelled_and_learned_from(real, name, language, model, count):
    questions = load_questions(real(name))
    assert len(questions) == count
    assert score_answers([row.answers[0] for row in questions], questions, language).to_numpy().min() == 1
    data = reading.read(*models.load_pretrained(model), questions[:120], max_length=384)
    said = [row.passage[offsets[first][0] : offsets[last][1]] for row, offsets, (first, last)
            in zip(data.questions, data.offsets, data.labels, strict=True) if last]  # fmt: skip
    held = [row for row, (_, last) in zip(data.questions, data.labels, strict=True) if last]
    assert (
        len(held) > 100 and score_answers(said, held, language)["f1"].mean() > 0.97
    )  # tokens may hold more than the answer
    head = spans.SpanHead(dropout=0.0)
    fresh, _ = spans.answer(head, data, max_tokens=20)
    training.fit(head, data, task_loss=spans.span_loss, learning_rate=3e-3, batch_size=16, num_epochs=20)
    learned, _ = spans.answer(head, data, max_tokens=20)
    before, after = (score_answers(said, data.questions, language)["f1"].mean() for said in (fresh, learned))
    assert after > before + 0.25  # by heart; many answers of CMRC are longer than 20 tokens
