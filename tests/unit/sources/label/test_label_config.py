"""A labelling configuration is read as Label Studio reads it, or refused with the place and the reason."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hakari.core.errors import Unknown
from hakari.sources.label.config import Choice, Choices, LabelConfig, Object, Pairwise, Rating, classes, parse
from hakari.sources.label.errors import MalformedConfig, UnsupportedAttribute, UnsupportedTag
from hakari.sources.label.markup import DEEPEST, LARGEST_BYTES

TEXT = '<Text name="t" value="$text"/>'


def asked(control: str) -> LabelConfig:
    return parse(f"<View>{TEXT}{control}</View>")


def refused(xml: str | bytes) -> MalformedConfig:
    with pytest.raises(MalformedConfig) as caught:
        parse(xml)
    return caught.value


def test_a_classification_is_read_as_written():
    config = parse("""
        <View style="display: flex;">
          <Style><![CDATA[ .a > .b { color: red } ]]></Style>
          <Header value="$title"/>
          <Header>Which animal is it?</Header>
          <View className="a">
            <Image name="photo" value="$photo" zoom="true" maxWidth="90%"/>
            <!-- the question -->
            <Choices name="animal" toName="photo" choice="single-radio" showInLine="true" required="true" layout="inline">
              <View><Choice value="Cat" alias="cat" hint="meows" hotkey="c"/></View>
              <Choice value="犬" selected="true"/>
            </Choices>
          </View>
        </View>""")
    assert config.objects == (Object(name="photo", kind="Image", variable="photo", fixed=None),)
    assert config.controls == (
        Choices(
            name="animal",
            to="photo",
            multiple=False,
            required=True,
            choices=(
                Choice(label="cat", value="Cat", hint="meows", selected=False),
                Choice(label="犬", value="犬", hint=None, selected=True),
            ),
        ),
    )
    assert config.variables == ("title", "photo")
    assert [child.tag for child in config.root.children] == ["Style", "Header", "Header", "View"]
    assert classes(config, "animal") == ("cat", "犬")


def test_a_comparison_and_ratings_are_read_as_written():
    config = parse("""<?xml version="1.0" encoding="UTF-8"?>
        <View>
          <Pairwise name="better" toName="a,b" leftClass="l" rightClass="r" selectionStyle="color: red"/>
          <Text name="a" value="$first"/><HyperText name="b" value="Always this"/>
          <Rating name="stars" toName="a" maxRating="7" defaultValue="2" icon="heart" size="large" required="true"/>
          <Rating name="more" toName="b"/>
        </View>""")
    assert config.controls == (
        Pairwise(name="better", left="a", right="b", required=False),
        Rating(name="stars", to="a", most=7, default=2, required=True),
        Rating(name="more", to="b", most=5, default=0, required=False),
    )
    assert config.objects[1] == Object(name="b", kind="HyperText", variable=None, fixed="Always this")
    assert config.variables == ("first",)
    assert classes(config, "better") == ("left", "right")
    assert classes(config, "more") == ("1", "2", "3", "4", "5")
    with pytest.raises(Unknown, match=r"\['better', 'stars', 'more'\], got 'worse'"):
        classes(config, "worse")


@pytest.mark.parametrize("choice", ["", 'choice="single"', 'choice="single-radio"'])
def test_one_choice_is_allowed_unless_several_are_asked_for(choice: str):
    body = '<Choice value="a"/><Choice value="b"/></Choices>'
    (single,) = asked(f'<Choices name="c" toName="t" {choice}>{body}').controls
    (several,) = asked(f'<Choices name="c" toName="t" choice="multiple">{body}').controls
    assert isinstance(single, Choices)
    assert isinstance(several, Choices)
    assert (single.multiple, several.multiple) == (False, True)


OPTION = '<Choice value="a"/>'


@pytest.mark.parametrize(
    ("control", "reason"),
    [
        ("", "must ask something"),
        ("<Gadget/>", "unknown tag 'Gadget'"),
        ("<choices/>", "unknown tag 'choices'; write it Choices"),
        ('<Choices toName="t"><Choice value="a"/></Choices>', "name is missing"),
        ('<Choices name=" " toName="t"><Choice value="a"/></Choices>', "name is missing"),
        ('<Choices name="c,d" toName="t"><Choice value="a"/></Choices>', "no comma"),
        (f'<Choices name="{"n" * 129}" toName="t"><Choice value="a"/></Choices>', "at most 128 characters"),
        ('<Choices name="c"><Choice value="a"/></Choices>', "toName is missing"),
        ('<Choices name="t" toName="t"><Choice value="a"/></Choices>', "name must differ from every other, got 't'"),
        ('<Choices name="c" toName="x"><Choice value="a"/></Choices>', r"toName must be one of \['t'\], got 'x'"),
        ('<Choices name="c" toName="c"><Choice value="a"/></Choices>', r"toName must be one of \['t'\], got 'c'"),
        ('<Choices name="c" toName="t"/>', "at least one Choice"),
        ('<Choices name="c" toName="t"><Choice/></Choices>', "Choice: value is missing"),
        ('<Choices name="c" toName="t"><Choice value=" "/></Choices>', "value must not be empty"),
        ('<Choices name="c" toName="t"><Choice value="a" alias=""/></Choices>', "alias must not be empty"),
        ('<Choices name="c" toName="t"><Choice value="$x"/></Choices>', "the same for every task"),
        (f'<Choices name="c" toName="t">{OPTION}{OPTION}</Choices>', "must differ .* got 'a' again"),
        ('<Choices name="c" toName="t"><Choice value="a"/><Choice value="b" alias="a"/></Choices>', "got 'a' again"),
        (f'<Choices name="c" toName="t" choice="many">{OPTION}</Choices>', "choice must be one of .*, got 'many'"),
        (f'<Choices name="c" toName="t" layout="round">{OPTION}</Choices>', "layout must be one of .*, got 'round'"),
        (f'<Choices name="c" toName="t" required="yes">{OPTION}</Choices>', "required must be one of .*, got 'yes'"),
        (f'<Choices name="c" toName="t" requird="true">{OPTION}</Choices>', "unknown attribute 'requird'"),
        (f'<Choices name="c" NAME="d" toName="t">{OPTION}</Choices>', "NAME is given twice"),
        (
            '<Choices name="c" toName="t"><Choice value="a" selected="true"/>'
            '<Choice value="b" selected="true"/></Choices>',
            "at most one Choice may be selected",
        ),
        (f'<Choices name="c" toName="t">or{OPTION}</Choices>', "loose text, got 'or'"),
        (f'<Choices name="c" toName="t">{OPTION}<Text name="u" value="$u"/></Choices>', "must not be inside Choices"),
        (OPTION, "Choice: must be inside Choices"),
        ('<Rating name="r" toName="t" maxRating="0"/>', "maxRating must be a whole number from 1 to 100, got '0'"),
        ('<Rating name="r" toName="t" maxRating="101"/>', "from 1 to 100, got '101'"),
        ('<Rating name="r" toName="t" maxRating="4.5"/>', "got '4.5'"),
        ('<Rating name="r" toName="t" maxRating="٥"/>', "got '٥'"),
        (
            '<Rating name="r" toName="t" maxRating="3" defaultValue="4"/>',
            "defaultValue must be .* from 0 to 3, got '4'",
        ),
        ('<Rating name="r" toName="t" icon="moon"/>', "icon must be one of"),
        (f'<Rating name="r" toName="t">{OPTION}</Rating>', "Choice: must not be inside Rating"),
        ('<Pairwise name="p" toName="t"/>', "two different names"),
        ('<Pairwise name="p" toName="t,t"/>', "two different names"),
        ('<Pairwise name="p" toName="t,u,t"/>', "two different names"),
        ('<Pairwise name="p" toName="t, u"/><Text name="u" value="$u"/>', "got ' u'"),
        ('<Text value="$x"/>', "Text: name is missing"),
        ('<Text name="x"/>', "Text: value is missing"),
        ('<Text name="x" value="Title: $title"/>', "fixed text or one [$]name"),
        ('<Text name="x" value="$a.b"/>', "fixed text or one [$]name"),
        ('<Text name="x" value="$"/>', "fixed text or one [$]name"),
        ("<Header/>", "Header: value is missing"),
        ("loose", "View: must hold no loose text"),
    ],
)
def test_a_configuration_is_refused_with_its_reason(control: str, reason: str):
    with pytest.raises(MalformedConfig, match=reason):
        asked(control)


def test_a_configuration_without_objects_or_variables_or_view_is_refused():
    one = '<Choices name="c" toName="t"><Choice value="a"/></Choices>'
    assert "there is none" in refused(f"<View>{one}</View>").message
    assert "must show a variable" in refused(f'<View><Text name="t" value="Hi"/>{one}</View>').message
    assert "outermost tag must be View" in refused(one).message
    assert parse(f'<View><Text name="t" value="$t"/>{one}</View>').variables == ("t",)


@pytest.mark.parametrize("tag", ["Brush", "EllipseLabels", "ParagraphLabels", "Rectangle", "Video", "Bucket"])
def test_a_tag_for_later_has_its_own_code_and_says_what_is_supported(tag: str):
    with pytest.raises(UnsupportedTag, match=f"{tag} is not supported yet; supported are Choices, Labels, Pairwise"):
        asked(f'<{tag} name="x" toName="t"/>')
    assert UnsupportedTag.code == "unsupported_tag"
    assert refused("<View><Gadget/></View>").code == "malformed_config"


@pytest.mark.parametrize(
    "xml",
    [
        f'<Choices name="c" toName="t" perRegion="true">{OPTION}</Choices>',
        f'<Choices name="c" toName="t" allowNested="true">{OPTION}</Choices>',
        '<Choices name="c" toName="t" value="$options"/>',
        f'<Choices name="c" toName="t" visibleWhen="choice-selected" whenTagName="d">{OPTION}</Choices>',
        f'<Choices name="c" toName="t"><Choice value="b">{OPTION}</Choice></Choices>',
        f'<View visibleWhen="choice-selected"><Choices name="c" toName="t">{OPTION}</Choices></View>',
        '<Image name="i" valueList="$pages"/>',
        '<Text name="x" value="$x" valueType="url"/>',
        '<Text name="x" value="$x" encoding="base64"/>',
    ],
)
def test_what_would_change_the_meaning_of_an_answer_is_refused_as_unsupported(xml: str):
    with pytest.raises(UnsupportedAttribute, match="not supported yet"):
        asked(xml)


def test_the_defaults_of_unsupported_attributes_pass():
    config = asked(
        f'<Choices name="c" toName="t" perRegion="false" allowNested="false">{OPTION}</Choices>'
        '<Text name="x" value="$x" valueType="text" encoding="none" granularity="word"/>'
    )
    assert config.variables == ("text", "x")


def test_the_place_counts_lines_and_characters_from_one():
    for xml, line, column in [
        ('<View>\n 日本 <Text name="a"/>\n</View>', 1, 1),
        ('<View>\n  <Header value="日本"/><Text name="a"/>\n</View>', 2, 23),
        ("<View>\n<View>\n</Veiw></View>", 3, 3),
        ("<View>\n <Labels/></View>", 2, 2),
        ("", 1, 1),
        ("日\n本\ud800", 2, 2),
        ("日\n本本".encode() + b"\xff", 2, 3),
    ]:
        error = refused(xml)
        assert (error.line, error.column) == (line, column), xml
        assert error.message.startswith(f"line {line}, column {column}: ")


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        ("<!DOCTYPE View><View/>", "DOCTYPE"),
        ('<!DOCTYPE v [<!ENTITY a "b">]><View>&a;</View>', "DOCTYPE"),
        ('<!DOCTYPE v SYSTEM "file:///etc/hostname"><View/>', "DOCTYPE"),
        ('<!DOCTYPE v [<!ENTITY % p SYSTEM "http://localhost/x">%p;]><View/>', "DOCTYPE"),
        ("<View>&unknown;</View>", "undefined entity"),
        ('<?xml-stylesheet href="x"?><View/>', r"processing instructions .* <\?xml-stylesheet"),
        ("<View><?php x ?></View>", "processing instructions"),
        ('<?xml version="1.0" encoding="latin-1"?><View/>', "encoding must be UTF-8, got 'latin-1'"),
        ("<View/>".encode("utf-16"), "must be UTF-8, got byte 0xff"),
        ("<View>é</View>".encode("latin-1"), "must be UTF-8, got byte 0xe9"),
        ("<View>\x00</View>", "well-formed XML expected"),
        ("<View/><View/>", "well-formed XML expected"),
        ('<View a="1" a="2"/>', "well-formed XML expected"),
        ("<a:View xmlns:a='x'/>", "unknown tag 'a:View'"),
    ],
)
def test_xml_that_a_configuration_has_no_need_of_is_refused(xml: str | bytes, reason: str):
    with pytest.raises(MalformedConfig, match=reason):
        parse(xml)


def test_size_and_depth_have_bounds_that_can_be_reached():
    inner = f'{TEXT}<Choices name="c" toName="t">{OPTION}</Choices>'
    levels = DEEPEST - 2  # the innermost Choice lies two below the last View
    assert parse("<View>" * levels + inner + "</View>" * levels)
    assert "nest at most 32" in refused("<View>" * (levels + 1) + inner + "</View>" * (levels + 1)).message
    fitting = f"<View>{inner}</View>".ljust(LARGEST_BYTES)
    assert parse(fitting)
    assert "at most 65536 bytes" in refused(fitting + " ").message
    assert "at most 65536 bytes" in refused("日" * (LARGEST_BYTES // 2)).message


def test_a_billion_laughs_are_refused_at_once():
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 30))
    began = time.perf_counter()
    error = refused(f'<!DOCTYPE v [<!ENTITY l0 "lol">{entities}]><View>&l29;</View>')
    assert "DOCTYPE" in error.message
    assert time.perf_counter() - began < 0.5


WORDS = [
    *("<View>", "</View>", '<Text name="t" value="$x"/>', '<Choices name="c" toName="t">', "</Choices>", "<Choice "),
    *('value="a"', "/>", '<Rating name="r" toName="t" maxRating="', '3"/>', "<!DOCTYPE v [", "<!ENTITY a 'b'>", "]>"),
    *(
        "&a;",
        "<?x ?>",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "日",
        "\ud800",
        "\0",
        '<Pairwise name="p" toName="t,t"/>',
        "$",
    ),
]


@given(st.one_of(st.binary(max_size=300), st.text(max_size=200), st.lists(st.sampled_from(WORDS)).map("".join)))
@example(b"\xef\xbb\xbf<View/>")
@example('<?xml version="1.0" encoding="utf-16"?><View/>')
def test_no_input_raises_anything_but_our_refusal(xml: str | bytes):
    place = (1, 1)
    try:
        assert parse(xml).controls
    except MalformedConfig as error:
        place = (error.line, error.column)
        error.message.encode()
    assert min(place) >= 1
