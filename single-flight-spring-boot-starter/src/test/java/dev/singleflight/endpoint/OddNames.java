package dev.singleflight.endpoint;

import java.util.stream.Stream;

/** What a group or a key may be called, though it looks odd in a URL. */
final class OddNames {

    private OddNames() {}

    static Stream<String> all() {
        return Stream.of(
                "Outer.Inner.find(String, int[])",
                "report.json",
                "cache:users",
                "Kunden: Adressen",
                " two  blanks ",
                "a#b",
                "a?b=c&d=e",
                "a+b,c=d",
                "{a}",
                "*",
                "<a>",
                "a|b^c`d~e@f$g!h'i\"j",
                "..a",
                "größe",
                "名前");
    }
}
