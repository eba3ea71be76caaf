"""Pages out of the Jinja templates in `pages/`.

All that a template is given is text, and escaped: captions, names of runs and
files may hold anything.
"""

import functools
import json
import pathlib

from tfragan.reports.comparison_table import cell_text


def render_page(template, **values):
    """Fills in a template of `pages/`; a name that is missing is an error."""
    return _environment().get_template(template).render(**values)


def format_number(value):
    """A number in few characters: 0.0123, 4.56, 12,300, 1.2e-05."""
    if value == 0:
        return "0"
    if 1e-3 <= abs(value) < 1000:
        return f"{value:.3g}"
    if 1000 <= abs(value) < 1e7:
        return f"{value:,.0f}"
    return f"{value:.2g}"


@functools.cache
def _environment():
    # Without it a training goes on, only without its page.
    try:
        import jinja2
    except ImportError as error:
        raise ImportError(
            "pages need Jinja, which is not installed: pip install jinja2"
        ) from error
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(
            pathlib.Path(__file__).with_name("pages")
        ),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["json"] = functools.partial(
        json.dumps, separators=(",", ":")
    )
    environment.filters["cell"] = cell_text
    environment.filters["number"] = format_number
    environment.filters["thousands"] = "{:,}".format
    return environment
