"""What Chromium's translator does to a page: each text becomes another one in two <font>, new ones as they come."""

# Words are shouted and digits are Arabic, so that whatever was translated shows
TRANSLATE = """(heeds) => {
    const spared = "script, style, textarea, noscript, template" + (heeds ? ", [translate=no], .notranslate" : "");
    const say = (text) => text.toUpperCase().replace(/[0-9]/g, (digit) => String.fromCharCode(0x660 + Number(digit)));
    const translate = (root) => {
        const texts = [];
        const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) texts.push(walker.currentNode);
        for (const text of texts) {
            if (!text.data.trim() || !text.parentElement || text.parentElement.closest(`${spared}, font`)) continue;
            const [outer, inner] = [document.createElement("font"), document.createElement("font")];
            for (const font of [outer, inner]) font.dir = "auto";
            inner.textContent = say(text.data);
            outer.append(inner);
            text.replaceWith(outer);
        }
    };
    document.documentElement.classList.add("translated-rtl");
    document.documentElement.lang = "ar";
    translate(document.body);
    new MutationObserver((changes) => changes.forEach(({ target }) => translate(target)))
        .observe(document.body, { childList: true, subtree: true, characterData: true });
}"""

# Phone numbers, senders, texts and codes that a translator may change
TRANSLATABLE = r"""() => {
    const found = [...document.querySelectorAll(".sender bdi, .text:not(.none), .code b, h1 bdi")]
        .filter((element) => !element.closest("[translate=no]")).map((element) => element.outerHTML);
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const { data, parentElement } = walker.currentNode;
        const isNumber = /(^|[^\d])\+\d|\d[\d ().\-\u2022]{6,}\d/.test(data);
        if (isNumber && !parentElement.closest("[translate=no], script, style, noscript, time")) found.push(data);
    }
    return found;
}"""
