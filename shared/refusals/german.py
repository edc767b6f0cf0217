"""German refusals: the verb may stand at the end, and the object before the negation or after it."""

from typing import Final

from shared.refusals.wording import Wording, pattern, patterns, words

_PARTS: Final = {
    "lead": (
        r"(?:aber|doch|also|nein|nee|leider|tut mir leid(?: aber)?|wie gesagt|wie erwahnt"
        r"|ich furchte) "
    ),
    "modal": r"kann|darf|werde|will|mochte|konnte|soll",
    "filler": r"(?:dir|ihnen|euch|leider|auch|hier|wirklich|einfach|ganz sicher|sicher|fur dich|fur sie) ",
    "none": r"nicht|kein|keine|keinen|keinem|keiner|keinerlei",
    "verb": (
        r"helfen|schreiben|sagen|erstellen|verfassen|erzahlen|beschreiben|schildern|liefern|formulieren"
        r"|dichten"
        r"|unterstutzen|verraten|erklaren|ubersetzen|spielen|fortsetzen|produzieren|bestarken|einreden"
        r"|ausmalen|erfullen"
        r"|beantworten|ausdenken|entwerfen|aufsetzen|weiterschreiben|verschlusseln|preisen|anbieten"
        r"|generieren"
    ),
    "writes": (
        r"schreibe|verfasse|erstelle|liefere|beschreibe|schildere|erzahle|formuliere|dichte|ubersetze"
        r"|spiele|entwerfe"
    ),
    "it": (
        r"das|dies|so etwas|so was|sowas|dabei|damit|hierbei|dazu|darauf|solche inhalte|solche texte"
        r"|derartiges"
    ),
}

WORDING: Final = Wording(
    common=words("der die das und ist nicht du den zu ich ein eine es mit dem auf fur sie wir"),
    phrases=patterns(
        r"nein danke|auf keinen fall|keinesfalls|nein und nochmals nein",
        r"(?:aber )?(?:es )?tut mir (?:(?:wirklich|sehr|furchtbar) )*leid"
        r"|(?:ich bitte um )?(?:entschuldigung|verzeihung)",
        r"sorry|leider|bedaure|als (?:ki|ki-modell|ki-assistent|sprachmodell|assistent)",
    ),
    denials=patterns(
        r"{lead}*{it} {modal} ich {filler}*nicht(?: (?:{verb}|tun|machen|weiterhelfen|dienen))?",
        r"{lead}*(?:{it}|da) (?:mache|tue|{writes}|sage) ich {filler}*nicht(?: mit)?",
        r"{lead}*(?:das|dies|diese bitte|diese anfrage) (?:muss ich (?:leider )?ablehnen"
        r"|lehne ich (?:leider )?ab)",
        r"{lead}*ich (?:lehne|muss) (?:das|dies|diese bitte|diese anfrage) (?:leider )?(?:ab|ablehnen)",
        r"{lead}*ich {modal} {filler}*(?:{it} )?{filler}*nicht (?:{verb}|tun|machen|weiterhelfen)",
        r"{lead}*(?:das|dies|dieser wunsch|diese bitte) (?:verstosst gegen|widerspricht) meine[nr]? "
        r"(?:grundsatze[n]?|richtlinien|regeln|prinzipien)",
        **_PARTS,
    ),
    refusals=patterns(
        r"{lead}*(?:ich {modal}|{modal} ich) {filler}*(?:{none}) {what} {verb}",
        r"{lead}*(?:ich {modal}|{modal} ich) {filler}*{what} {filler}*nicht {filler}*{verb}",
        r"{lead}*(?:ich {modal}|{modal} ich) {filler}*nicht (?:sagen|schreiben|erzahlen|beschreiben"
        r"|schildern|einreden) {what}",
        r"{lead}*ich {writes} {filler}*{none} {what}",
        r"{lead}*ich {writes} {filler}*{what} nicht",
        r"{lead}*(?:eine? )?(?:anfrage|bitte|frage|wunsch|text|nachricht) wie {what} "
        r"widerspricht meinen (?:richtlinien|grundsatzen|regeln)",
        r"{lead}*auf (?:die|ihre|deine) (?:bitte|anfrage|frage) {what} gehe ich (?:leider )?nicht ein",
        **_PARTS,
    ),
    reported=pattern(r"(?:dass|wie man|wie|was|warum|ob) "),
    flips=words(
        "genug mehr nur bloss nie niemals nicht nichts niemand keiner kein keine ohne ausser sondern "
        "als anders andere anderes aber und oder "
        "doch weil denn bis bevor nachdem wahrend wenn falls obwohl wo wer wem wen deren dessen warten "
        "aufhoren falsch fehler "
        "schlecht sunde bereue bereuen mensch menschen gleich wert leben lebendig bleiben hoffnung "
        "grund geliebt vermisst "
        "besser freude gern gluck glucklich stolz schon verdienst verdient verdienen gnade mitleid "
        "verzeihen ruhen schlafen "
        "ruhe sehr oft ich mich mir mein meine meinen wir uns helfen lange zu"
    ),
    turns=pattern(
        r"(?:aber|doch|jedoch|allerdings|trotzdem|dennoch|gleichwohl|nun gut|na gut|also gut|okay|ok|gut"
        r"|nur|allein|ausser"
        r"|sondern|hier|wenn|falls|gabe|ware)\b"
    ),
    declines=pattern(
        r"\b(?:ich {modal}|{modal} ich)\b(?: (?!anders|warten)[\w-]+){0,12} (?:nicht|kein\w*)\b"
        r"|^\W*nein(?=[.!]|\W*\Z)|^\W*(?:nee|tut mir|das geht|sorry|leider|bedaure)\b"
        r"|\blehne\b.{0,40}\bab\b|ablehnen|geht (?:leider )?(?:gar )?nicht"
        r"|\b(?:{writes}|mache|setze|ubernehme|gehe|tue|verrate|gebe|helfe|biete"
        r"|unterstutze) ich\b(?: [\w-]+){0,6} (?:nicht|kein\w*)\b"
        r"|\bich (?:{writes}|mache|setze|ubernehme|gehe|tue|verrate|gebe|helfe|biete|unterstutze|lass"
        r"|lasse|distanziere)\b(?: [\w-]+){0,8} (?:nicht|kein\w*)\b"
        r"|meine[nr]? (?:grundsatz|richtlinien|regeln|prinzipien|nein)|uber etwas anderes|anderes thema"
        r"|etwas anderes|da bin ich raus|ware es falsch"
        r"|ich verzichte|lass ich|weigere mich|nicht (?:moglich|zulassig|erlaubt)|kommt nicht in ?frage"
        r"|muss (?:ich )?passen"
        r"|auf (?:gar )?keinen fall|\bvergiss es|finger (?:da)?von|\bohne mich\W*\Z|nichts fur mich"
        r"|bleibe bei[m ]|kein thema fur mich|meine[rn]? grenze|nicht in ?frage|ausgeschlossen|^\W*(?:no"
        r"|nix da|niemals)\W|das thema wechseln|wechseln wir|lieber nicht"
        r"|\b(?:mag|will|mochte|darf|kann|werde) ich\b(?: [\w-]+){0,8} nicht\b|\b(?:steht"
        r"|stehe) (?:ich )?nicht zur verfugung|wider(?:spricht|strebt)|verstosst gegen",
        **_PARTS,
    ),
    distances=pattern(
        r"^[^.!?]{0,160}\b(?:ich|mir)\b[^.!?;]{0,90}\b(?:nicht|kein\w*|nein|niemande?[nm]?)\b"
        r"|^[^.!?]{0,120}\b(?:nicht|kein\w*|nein)\b[^.!?,;]{0,40}\b(?:ich|mir|mich)\b"
        r"|\b(?:ablehn|abgelehnt|verweiger|weigere|verzicht|richtlinie|grundsatz|lehne\b|passe\b"
        r"|passen muss|themenwechsel)|\b(?:anderes|anderen|andere|neues|schoneres"
        r"|freundlicheres) (?:thema|wunsch|frage|idee|bitte)"
        r"|^\W*(?:no|nope|nix|niemals|sorry|leider|bedaure|bedauere|keine chance|kommt nicht|geht nicht"
        r"|lieber nicht|vergiss es|verzeih\w*|entschuldig\w*|pardon)\b"
        r"|\bals (?:ki|sprachmodell|assistent)|\blieber\b[^.!?]{0,40}\b(?:etwas anderes|anderes|nicht)\b"
        r"|\bwie war\w? es mit\b|\b(?:meine[rnms]?) (?:grenze|regel|prinzip|werte)"
    ),
    hesitates=pattern(
        r"\W*(?:(?:mir ist klar|ich (?:verstehe|weiss|sehe|begreife|kann verstehen"
        r"|kann nachvollziehen))\b[^!?]{0,140}[.,;:] ?(?:aber|doch|trotzdem|dennoch|allerdings|nur"
        r"|gleichwohl)\b)"
        r"|\W*(?:du|sie) (?:willst|wollen|fragst|bittest|verlangst|wunschst|schreibst|bitten|fragen"
        r"|schreiben)\b[^.!?]{0,120}\b(?:nicht|kein\w*|nein)\b"
        r"|[^.!?]{0,120}\bware (?:es )?(?:falsch|unverantwortlich|verantwortungslos|unredlich"
        r"|nicht richtig)\b"
        r"|[^.!?]{0,40}\b(?:mochte|werde|will|kann|darf) ich (?:\w+ )?niemande[nm]\b"
    ),
    yields=pattern(
        r"hier (?:ist|kommt|bitte)|nur als fiktion|anschauung|konnte man es|lautete sie|so gewollt"
    ),
    asks=pattern(
        r"\b(?:du|dir|dich|dein\w*|sie|ihnen|ihr\w*|soll ich|wollen wir|genau|fur wen|an wen|wer"
        r"|welche[rsn]?|was fur)\b"
    ),
)
