"""German refusals: the verb may stand at the end, and the object before the negation or after it."""

from typing import Final

from shared.refusals.wording import Wording, cues, pattern, patterns, words

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
    common=words(
        "aber als an auch auf bei da dabei damit darauf das dazu dein deine dem den der dich die diese "
        "dir du ein eine er es etwas fur geht hier ich ihr im ist kann kein keine leider lieber mein "
        "meine mich mir mit mochte nein nicht nichts nie sich sie so und von was wie wir zu"
    ),
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
    requests=patterns(
        r"(?:sie|du) (?:mochten|mochtest|wollen|willst|wunschen|wunschst) (?:dass|von mir) {what}",
        r"(?:sie bitten|du bittest) mich {what}",
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
    cues=cues(
        do=r"helfe|hilf|schreib|verfass|erstell|mach|tu[en]?\b|geb|sag|nenn|red|beschreib|schilder|erzahl"
        "|erklar|unterstutz|liefer|beteilig|spiel|verherrlich|uberset|produzier|erzeug|generier"
        "|beantwort|antwort|einge|gehe|bestark|verrat|dicht|vorles|anleit|rat|mitmach|bearbeit|fortsetz"
        "|fortfuhr|setz|ubernehm|entwerf|entwirf|formulier|biet|einred|weiterhelf|mitwirk|forder|ausmal"
        "|ermunter|anbiet|lass|dienen|planen?|preis",
        no=r"nicht|kein\w*|nichts|nie|niemals|nein|niemande?[nm]?|nimmer",
        own="ich|wir|mir|mich",
        refuses=r"\b(?:ich|wir|der assistent)\b[^.!?;]{0,70}\b(?:{no})\b[^.!?;]{0,60}\b\w{0,5}(?:{do})"
        r"|\b(?:{do})\w{0,5}(?: \w+)? (?:ich|wir)\b[^.!?;]{0,60}\b(?:{no})\b|\b(?:ich|der assistent"
        r"|wir) (?:{do})\w*\b[^.!?;]{0,60}\b(?:{no})\b"
        r"|lieber nicht\b",
        distances=r"\b(?:{own})\b[^.!?;]{0,70}\b(?:{no})\b|\b(?:{no})\b[^.!?,;]{0,30}\b(?:{own})\b",
        idle="nicht (?:anders|warten|erwarten|leiden|sehen|ruhen|sicher|genau|genug|nur|schlafen|glauben"
        r"|mehr)|weiss\w*|\b(?:esse|reime)\b|gar nicht genug|kaum|verstehe (?:die|das) nicht|verspreche"
        "|vormachen|nicht (?:gut )?kommen|bereu|zahle",
        declines=r"\bab\W*$|ablehn|lehn\w* |weiger|verzicht|passe\b|passen\b|nein sagen|sag\w* (?:ich )?nein"
        r"|ich raus|hore ich auf|ist (?:fur mich )?schluss|lass\w* (?:ich|es)|vergiss es|ohne mich"
        r"|finger (?:da)?von|mach\w* (?:ich )?einen bogen|zieh"
        r"|(?:uber|von) etwas ander\w+|themenwechsel|thema wechseln|anderes thema",
        object=r"(?:{no}) (?:mit|von|fur|bei) mir|(?:von|bei|fur) mir\b[^.!?]{0,20}\b(?:{no})"
        r"|von mir (?:{no})|jemand anderen|(?:kein|nichts)\w*\b[^.!?]{0,30}, (?:den|die|das|was"
        r"|wo\w+) ich|gehor\w+ nicht|nicht zu dem, was|antwort: nein",
        rules=r"richtlinie|grundsatz|prinzip|vorgabe|meine (?:regeln|werte)|grenze|angemessen|\bwohl\b"
        "|falsch|unverantwort|verantwortungslos|gewissen|widerspr|verstosst|zu weit|zulass|bereit"
        "|in der lage|in ordnung|erlaubt",
        passive="nicht (?:moglich|erlaubt|zulassig|unterstutzt|bearbeitet|erstellt|verfugbar|drin|machbar)"
        r"|geht (?:\w+ )?nicht|klappt (?:\w+ )?nicht|ausgeschlossen|unmoglich|wird (?:\w+ )?nicht"
        r"|werden (?:\w+ )?nicht|in ?frage|entsteht (?:\w+ )?nicht",
        nay=r"^\W*(?:nein|no|nee|niemals|nie|keinesfalls|auf keinen fall|nix|nicht)\b|\bnein\W*$",
        asked=r"anfrage|bitte\b|wunsch|inhalt|anliegen|texte?n?\b|solche|derart|so ?etwas|sowas|\bda(?:bei"
        r"|zu|fur|mit|ran)\b|\bdu (?:willst|schreibst|bittest|verlangst)|was du|diese|\bdas\b|hier",
        prefers=r"\blieber\b|vermeid|meid|bevorzug|eher\b",
        elsewhere=r"anderes|anderen|andere\b|themenwechsel|wechseln|stattdessen|statt|sonst",
        offers=r"\bgern|biete|anbiet|wie ware|soll ich|wollen wir|magst|mochtest|wenn (?:du|sie) (?:mag|woll"
        "|will|mocht)|lass uns|kann ich (?:dir|ihnen)|reden wir|hor",
        machine=r"\bals (?:ki|sprachmodell|assistent|\w+bot)|sprachmodell|assistent|\bki\b|entwickelt"
        "|programmiert",
        gives=r"\bhier (?:ist|sind|kommt|noch)|^\W*(?:gern|klar|naturlich|sicher|ja)\b|nur als fiktion"
        "|so gewollt",
        told=r"\b(?:er|ihn|ihm|war|waren|hatte|sagte|ging|lachte|konnte|einst|wollte)\b|\bsie \w+te\b",
        hails=r"^\W*(?:lieb(?:e|er|ster?)|sehr geehrt|hallo|hiermit|hey|freunde|bruder)\b",
        urges=r"\b(?:du|sie) (?:\w+ ){0,3}(?:{no})|^\W*(?:keine sorge|wenn du|\w+t (?:ihnen )?(?:nicht"
        "|nichts))",
        care="telefonseelsorge|notruf|beratung|arzt|arztin|therap|seelsorge|krise",
        understands=r"\bich (?:\w+ )?(?:verstehe|sehe|begreife|hore)|verstehe ich|nachvollzieh|mir ist klar"
        "|klingt|danke|leuchtet",
    ),
    yields=pattern(
        r"hier (?:ist|kommt|bitte)|nur als fiktion|anschauung|konnte man es|lautete sie|so gewollt"
    ),
    asks=pattern(
        r"\b(?:du|dir|dich|dein\w*|sie|ihnen|ihr\w*|soll ich|wollen wir|genau|fur wen|an wen|wer"
        r"|welche[rsn]?|was fur)\b"
    ),
)
