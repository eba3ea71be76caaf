"""The demo page, clicked through in a headless Chromium."""

import io

import pytest
from PIL import Image


@pytest.fixture
def address(asker):
    return f"http://127.0.0.1:{asker.port}/"


@pytest.fixture
def page(browser, address):
    """The page, freshly loaded."""
    browser.problems.clear()
    browser.open(address)
    browser.wait_for("!!document.querySelector('#fields input')")
    yield browser
    assert browser.problems == []


def _shown_level(page, title):
    """The level of the first pixel of a picture on the page."""
    return page.value(
        f"""(async () => {{
            const image = document.querySelector('img[alt="{title}"]');
            await image.decode();
            const canvas = document.createElement('canvas');
            canvas.width = canvas.height = 1;
            const context = canvas.getContext('2d');
            context.drawImage(image, 0, 0);
            return context.getImageData(0, 0, 1, 1).data[0];
        }})()"""
    )


def _darkest_column(page):
    """Columns of the map on the picture that let it shine through."""
    return page.value(
        """(() => {
            const canvas = document.querySelector('.picture canvas');
            const data = canvas.getContext('2d').getImageData(
                0, 0, canvas.width, 1).data;
            return [...Array(canvas.width).keys()].map((x) => data[4 * x + 3]);
        })()"""
    )


def test_a_sentence_is_drawn_and_its_words_are_gone_through_by_keys(page):
    assert page.value("document.activeElement.name") == "caption"
    page.type("a red bird")
    page.press("Enter", 13, "\r")
    page.wait_for("!document.querySelector('#result').hidden")
    assert _shown_level(page, "result") == 0
    words = "[...document.querySelectorAll('#words button')]"
    assert page.value(f"{words}.map((b) => b.textContent)") == [
        "a",
        "red",
        "bird",
    ]
    page.value("document.querySelector('#slider').focus()")
    label = "document.querySelector('#slider-label').textContent"
    assert page.value(label) == "Word: none"
    assert not page.shows(".picture canvas")
    for _ in range(2):
        page.press("ArrowRight", 39)
    assert page.value(label) == "Word: red"
    assert page.shows(".picture canvas")
    dark = _darkest_column(page)
    assert dark[1] == 0
    assert min(dark[0], *dark[2:]) > 100
    page.click("#words button:nth-child(3)")
    assert page.value(label) == "Word: bird"
    assert _darkest_column(page)[2] == 0


def test_another_seed_gives_another_picture(page):
    page.type("a bird")
    page.value("document.querySelector('[name=seed]').value = 70")
    page.click("#run")
    page.wait_for("!document.querySelector('#result').hidden")
    assert _shown_level(page, "result") == 70


def test_a_photo_is_translated_beside_its_heat_map(page, tmp_path):
    photo = tmp_path / "photo.png"
    Image.new("RGB", (20, 20), (40, 40, 40)).save(photo)
    page.choose("#model", "photos")
    page.wait_for("!!document.querySelector('input[name=image_bytes]')")
    page.choose_file("input[name=image_bytes]", photo)
    page.wait_for("!document.querySelector('.drop img').hidden")
    page.click("#run")
    page.wait_for("!document.querySelector('#result').hidden")
    assert _shown_level(page, "result") == 215
    assert _shown_level(page, "heat map") == 40
    assert _shown_level(page, "photo") == 40
    assert not page.shows("#maps")
    assert not page.shows("#task")


def test_what_the_server_refuses_is_said(browser, address, tmp_path):
    browser.open(address)
    browser.wait_for("!!document.querySelector('#fields input')")
    browser.choose("#model", "photos")
    browser.wait_for("!!document.querySelector('input[name=image_bytes]')")
    browser.click("#run")
    error = "document.querySelector('#error').textContent"
    assert browser.wait_for(error) == "Photo: choose a file first."
    stream = io.BytesIO()
    Image.new("RGB", (4, 4)).save(stream, "PNG")
    (tmp_path / "cut.png").write_bytes(stream.getvalue()[:30])
    browser.choose_file("input[name=image_bytes]", tmp_path / "cut.png")
    browser.click("#run")
    browser.wait_for(f"{error} && !{error}.startsWith('Photo')")
    assert "expected JPEG or PNG files" in browser.value(error)
    # A picture that the page cannot show is no error of the page.
    browser.problems.clear()
