"""The checks of collect/1, one by one: language, likeness, personal data, types."""

import io

import pytest
from made import TEXTS, edited, picture, sound

from hakari.core.errors import Malformed
from hakari.sources.collect import files, language, personal, pictures, wording
from hakari.sources.collect.measure import measure, same

SAMPLES = {
    "en": TEXTS[0],
    "ja": "朝の市場は魚を運ぶ人たちの声でにぎやかで、わたしはその声を聞きながら毎日学校へ歩いていった。",
    "zh": "清晨的市场上到处都是卖鱼的人，我每天听着他们的声音走去学校，冬天的时候街上会有很多雾。",
    "ko": "아침 시장은 생선을 나르는 사람들의 목소리로 붐볐고 나는 그 소리를 들으며 학교에 갔다.",
    "de": "Der alte Mann ist nicht im Haus, und die Kinder spielen mit dem Hund auf der Straße, weil es warm ist.",
    "fr": "Les enfants sont dans la rue avec le chien, et il ne pleut pas, mais nous avons pris une veste pour le soir.",
    "es": "Los niños están en la calle con el perro y no llueve, pero hemos traído una chaqueta para la noche por si acaso.",
    "it": "I bambini sono nella strada con il cane e non piove, ma abbiamo preso una giacca per la sera che è più fredda.",
    "pt": "As crianças estão na rua com o cão e não chove, mas trouxemos um casaco para a noite, que é mais fria por aqui.",
    "nl": "De kinderen zijn op straat met de hond en het regent niet, maar wij hebben een jas voor de avond die koud is.",
    "ru": "Дети играют на улице с собакой, и дождя нет, но мы взяли куртки, потому что вечером у реки бывает холодно.",
    "ar": "الأطفال يلعبون في الشارع مع الكلب ولا يوجد مطر اليوم ولكننا أخذنا معطفا لأن المساء بارد",
}


@pytest.mark.parametrize("code", SAMPLES)
def test_a_language_is_told_by_its_script_and_common_words(code: str) -> None:
    assert language.language(SAMPLES[code]) == code


@pytest.mark.parametrize(
    "text", ["", "ok", "12345 67890 " * 20, "def f(x): return x + y", "ᚠᛇᚻ ᛒᛦᚦ ᚠᚱᚩᚠᚢᚱ ᚠᛁᚱᚪ ᚷᛖᚻᚹᛦᛚᚳᚢᛗ"]
)
def test_what_is_no_language_of_the_list_is_said_to_be_unknown(text: str) -> None:
    assert language.language(text) == "und"


def test_likeness_estimates_the_share_of_common_shingles() -> None:
    for text in TEXTS:
        changed = edited(text)
        assert changed != text
        plain, other = (
            {each[n : n + 5] for n in range(len(each) - 4)} for each in map(wording.normalised, (text, changed))
        )
        true = 10_000 * len(plain & other) // len(plain | other)
        found = wording.likeness_bps(wording.wording(text).sketch, wording.wording(changed).sketch)
        assert abs(found - true) < 1700, (found, true)
    pairs = [(one, two) for one in TEXTS for two in TEXTS if one < two]
    sketches = {text: wording.wording(text).sketch for text in TEXTS}
    assert all(wording.likeness_bps(sketches[one], sketches[two]) < 2500 for one, two in pairs)


def test_spelling_of_width_case_and_spaces_changes_no_sketch() -> None:
    assert wording.wording("Ｈｅｌｌｏ,  World！").sketch == wording.wording("hello world").sketch


def test_a_sketch_stays_what_it_was() -> None:
    # Answers in logs hold it: another numpy, machine or Python must give the same.
    found = wording.wording(TEXTS[0])
    assert (found.letters, found.variety_bps) == (99, 9159)
    assert found.sketch[:32] == "eb60f3d6c66f752fc62bff42adc17077"


def test_a_sketch_is_what_the_rules_page_says_in_plain_integers() -> None:
    def mix(z: int) -> int:
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        z = (z ^ z >> 27) * 0x94D049BB133111EB % 2**64
        return z ^ z >> 31

    def hashed(shingle: str) -> int:
        z = 0xCBF29CE484222325
        for letter in shingle:
            z = (z ^ ord(letter)) * 0x100000001B3 % 2**64
        return mix(z)

    for text in (*TEXTS, SAMPLES["ja"], "abc"):
        plain = wording.normalised(text)
        shingles = {hashed(plain[n : n + 5]) for n in range(max(1, len(plain) - 4))}
        least = [min(mix(each ^ mix(n * 0x9E3779B97F4A7C15 % 2**64)) for each in shingles) for n in range(1, 65)]
        assert wording.wording(text).sketch == "".join(f"{value % 65_536:04x}" for value in least)


def test_a_text_that_repeats_itself_has_little_variety() -> None:
    assert wording.wording("buy now " * 200).variety_bps < 100
    assert wording.wording("").variety_bps == 0


FOUND = {
    "write to ann.lee+x@mail.example.org today": [("email", "ann.lee+x@mail.example.org")],
    "call +49 30 901820 or 03-1234-5678": [("phone", "+49 30 901820"), ("phone", "03-1234-5678")],
    "card 4539 1488 0343 6467.": [("card", "4539 1488 0343 6467")],
    "to DE89 3704 0044 0532 0130 00 please": [("iban", "DE89 3704 0044 0532 0130 00")],
    "from 81.2.69.142 and 2a02:8108:0:1::7": [("ip", "81.2.69.142"), ("ip", "2a02:8108:0:1::7")],
    "ssn 219-09-9999": [("us_ssn", "219-09-9999")],
    "番号 1234 5678 9018 です": [("jp_my_number", "1234 5678 9018")],
    "身份证 11010519491231002X。": [("cn_id", "11010519491231002X")],
    "주민 900101-1234568": [("kr_rrn", "900101-1234568")],
    "NI AB 12 34 56 C": [("gb_nino", "AB 12 34 56 C")],
    "dni 12345678Z": [("es_dni", "12345678Z")],
    "cpf 529.982.247-25": [("br_cpf", "529.982.247-25")],
    "aadhaar 2341 2341 2346": [("in_aadhaar", "2341 2341 2346")],
}


@pytest.mark.parametrize("text", FOUND)
def test_personal_data_with_a_form_is_found_in_its_place(text: str) -> None:
    places = personal.places(text)
    assert [(place.kind, text[place.start : place.end]) for place in places] == FOUND[text]
    hidden = personal.masked(text, places)
    assert personal.places(hidden) == []
    assert all(f"[{kind}]" in hidden for kind, _ in FOUND[text])


@pytest.mark.parametrize(
    "text",
    [
        "card 4539 1488 0343 6468",
        "to DE89 3704 0044 0532 0130 01",
        "version 3.11.7 of 2026-11-30, 12.5 kg for 1,200.50",
        "127.0.0.1 and ::1 and 192.0.2.7",
        "01.02.2024 10 Uhr",
        "ssn 666-12-3456",
        "dni 12345678A",
        "cpf 529.982.247-26",
        "at noon @ home",
    ],
)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    assert personal.places(text) == []


def test_a_picture_has_its_size_and_a_fingerprint_that_survives_compression() -> None:
    png = measure("image/png", io.BytesIO(picture(seed=1))).stated
    jpeg = measure("image/jpeg", io.BytesIO(picture(seed=1, kind="JPEG", quality=60))).stated
    other = measure("image/png", io.BytesIO(picture(seed=2))).stated
    assert (png["width"], png["height"]) == (96, 72)
    assert pictures.distance(str(png["fingerprint"]), str(jpeg["fingerprint"])) <= 4
    assert pictures.distance(str(png["fingerprint"]), str(other["fingerprint"])) > 12
    assert same("image/png", png, png)
    assert not same("image/png", png, other)
    nudged = {**jpeg, "fingerprint": f"{int(str(jpeg['fingerprint']), 16) ^ 1:016x}"}
    assert same("image/jpeg", jpeg, nudged)
    assert not same("image/png", jpeg, nudged)


def test_a_place_in_a_picture_is_personal() -> None:
    kinds = [place.kind for place in measure("image/jpeg", io.BytesIO(picture(seed=1, kind="JPEG", gps=True))).personal]
    assert kinds == ["location"]
    assert measure("image/jpeg", io.BytesIO(picture(seed=1, kind="JPEG"))).personal == ()


@pytest.mark.parametrize(
    ("type_", "data"),
    [
        ("text/plain", b"\xff\xfe"),
        ("text/plain", b"a\0b"),
        ("text/plain", b" \n"),
        ("application/jsonl", b'{"a":1.5}\n[1]\n'),
        ("application/jsonl", b'{"a":1\n'),
        ("application/jsonl", b'{"a":' + b"[" * 500 + b"]" * 500 + b"}\n"),
        ("text/csv", b"a,b\n1,2\n1,2,3\n"),
        ("image/png", b"GIF89a and so on"),
        ("image/png", b"\x89PNG\r\n\x1a\n and nothing more"),
        ("image/gif", b"\x89PNG\r\n\x1a\n"),
        ("audio/wav", b"RIFF\0\0\0\0WAVEfmt "),
        ("audio/mpeg", b"<html>"),
        ("application/pdf", b"%PDF-1.7 without an end"),
        ("application/zip", b"PK\x03\x04"),
        ("text/html", b"<p>"),
    ],
)
def test_bytes_of_another_type_are_refused(type_: str, data: bytes) -> None:
    with pytest.raises(Malformed):
        measure(type_, io.BytesIO(data))


def test_rows_and_lengths_are_read() -> None:
    assert measure("application/jsonl", io.BytesIO(b'{"a":1.5}\n\n{"a":2}\n')).stated["rows"] == 2
    assert measure("text/csv", io.BytesIO(b'a,b\n1,"x\ny"\n')).stated["rows"] == 1
    assert measure("audio/wav", io.BytesIO(sound(milliseconds=1500))).stated == {"milliseconds": 1500}
    flac = (
        b"fLaC\x80\x00\x00\x22"
        + bytes(10)
        + (44_100 << 44 | 1 << 41 | 15 << 36 | 88_200).to_bytes(8, "big")
        + bytes(16)
    )
    assert files.milliseconds("audio/flac", io.BytesIO(flac)) == 2000
