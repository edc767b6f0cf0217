"""Italian refusals."""

from typing import Final

from shared.refusals.wording import Wording, pattern, patterns, words

_PARTS: Final = {
    "lead": r"(?:ma|pero|quindi|no|mi (?:di)?spiace(?: ma)?|purtroppo|come dicevo) ",
    "to": r"(?:ti|vi|le|gli|lo|la|te lo|ve lo) ",
    "cannot": (
        r"non {to}?(?:posso|potro|potrei|voglio|vorrei|intendo|devo|dovrei|sono in grado di"
        r"|sono disposto a|sono autorizzato a"
        r"|me la sento di|ho intenzione di|mi e possibile|mi e permesso)|mi rifiuto di|preferisco non"
        r"|preferirei non"
        r"|temo di non poter"
    ),
    "verb": (
        r"aiutar(?:ti|vi|la|e)(?: a| con| in)?|assister(?:ti|la|e)|scriver(?:ti|le|e)|compor(?:re)"
        r"|crear(?:e)|generare|produrre"
        r"|dir(?:ti|vi|le)|descriver(?:ti|e)|raccontar(?:ti|vi|e)|narrare|continuare|completare"
        r"|terminare|soddisfare|interpretare"
        r"|sostenere|condividere|tradurre|codificare|spiegar(?:ti|e)|incoraggiar(?:ti|la)(?: a)?"
        r"|rispondere(?: a)?|proporre"
        r"|fornir(?:ti|e)|lodare|difendere|giustificare|preparar(?:ti|e)|partecipare a|redigere"
    ),
    "will": (
        r"non {to}?(?:aiutero(?: a| con)?|scrivero|descrivero|raccontero|narrero|comporro|interpretero"
        r"|tradurro|creero|produrro"
        r"|continuero|completero|preparero|daro seguito a(?:lla richiesta)?|incoraggero a)"
    ),
    "it": (
        r"questo|cio|quello|cose (?:simili|del genere)|una cosa (?:simile|del genere)"
        r"|questo tipo di (?:cose|contenuti)"
    ),
}

WORDING: Final = Wording(
    common=words("il di che e un una per non con la sono del della gli i ti si lo"),
    phrases=patterns(
        r"no grazie|assolutamente no|nemmeno per sogno",
        r"(?:ma )?mi (?:di)?spiace(?: tanto| molto)?|scusa|scusami|mi scusi|purtroppo",
        r"(?:in quanto|come|da) (?:intelligenza artificiale|ia|modello linguistico"
        r"|assistente)(?: responsabile)?",
    ),
    denials=patterns(
        r"{lead}*{cannot} (?:aiutar(?:ti|la|vi|e)|far(?:lo|e)|scriver(?:lo|e)|dir(?:lo|e)"
        r"|continuare)(?: (?:con|in) {it}| {it})?",
        r"{lead}*non (?:lo faro|posso)|{lead}*(?:devo|mi tocca) (?:rifiutare|dire di no)",
        r"{lead}*{it} non lo (?:faccio|scrivo|faro|scrivero|dico)",
        r"{lead}*(?:{it} )?(?:e contrario|va contro) (?:ai|i) miei (?:principi|regolamenti)",
        **_PARTS,
    ),
    refusals=patterns(
        r"{lead}*{cannot} {verb} {what}",
        r"{lead}*{will} {what}",
        r"{lead}*una (?:frase|richiesta|domanda) come {what} (?:mi chiede di andare oltre i miei limiti"
        r"|va contro i miei principi)",
        **_PARTS,
    ),
    reported=pattern(r"(?:che |come |cosa |perche |cio che )"),
    flips=words(
        "abbastanza piu troppo solo soltanto tanto cosi non mai niente nulla nessuno nessuna senza "
        "tranne eccetto se altro altra altri altre ma "
        "e ed o oppure perche poiche finche prima dopo mentre quando dove chi cui quanto aspettare "
        "fermare male errore sbaglio "
        "peccato pento umano umani umana umane uguale uguali vale valgono vivere vita vivo viva "
        "speranza ragione ragioni motivo "
        "motivi amato amata meglio gioia piacere felice fiero bello bella merita meriti meritano pieta "
        "perdonare riposare dormire "
        "pace io mio mia miei mie mi noi"
    ),
    turns=pattern(
        r"(?:ma|pero|tuttavia|comunque|eppure|detto questo|detto cio|va bene|e va bene|d'accordo|solo"
        r"|soltanto|tranne|se|ecco"
        r"|eccolo|a mero titolo|a titolo)\b"
    ),
    declines=pattern(
        r"\b{cannot}\b(?! (?:aspettar|credere|dormire|smettere))|\b{will}\b|^\W*(?:eh )?no(?=\W*\Z"
        r"|[.,;:!\s]*[.,;:!])|^\W*(?:mi (?:di)?spiace|nemmeno|macche|temo)\b"
        r"|\bnon (?:lo|la|le|li|ne) (?:faccio|scrivo|faro|interpreto|preparo|dico|posso|direi)"
        r"|\bnon (?:ho|scrivo|faccio|aiutero|descrivero|daro seguito)\b"
        r"|miei (?:principi|limiti)|mie (?:regole|linee)|devo rifiutare|rifiut(?:o|are)\b|parliamo d"
        r"|passiamo a|dire di no|preferisco non|questo (?:proprio )?no"
        r"|non intendo|me la sento|mancanza di rispetto|bisogna andarci piano|contrario ai"
        r"|neanche per (?:idea|sogno)|non se ne parla|^\W*(?:passo|impossibile|per carita|manco)\b"
        r"|\bdeclino\b|cambi(?:amo|are) (?:argomento|discorso)|mi astengo|fuori discussione|mi rifiuto"
        r"|non fa(?:nno)? (?:per me|parte)|non (?:mi presto|partecipo|collaboro|rientra)",
        **_PARTS,
    ),
    distances=pattern(
        r"^[^.!?]{0,160}\b(?:non|mai|neanche|nemmeno|neppure|ne) (?:(?:mi|ti|le|gli|lo|la|li|vi|ci|ne|me"
        r"|te|ve) ){0,2}(?:\w+(?<!n)o)\b"
        r"|^[^.!?]{0,160}\b(?:io|da parte mia|con me)\b[^.!?;]{0,60}\b(?:no|non)\b"
        r"|^[^.!?]{0,100}\b(?:non)\b[^.!?,;]{0,40}\b(?:per me|da me|con me|mi riguarda)\b"
        r"|\b(?:rifiut|declin|astengo|astenermi|rinuncio|linee guida)|\b(?:altro|altra|altri"
        r"|altre) (?:tema|argomento|cosa|idea|richiesta|domanda)|\bd'altro\b"
        r"|^\W*(?:no|mai|impossibile|spiacente|mi spiace|mi dispiace|scus\w*|purtroppo|niente da fare"
        r"|nossignore|macche)\b(?=[^.!?]{0,40}[.,;:!?]|\W*\Z)"
        r"|\b(?:come|in quanto|da) (?:ia|intelligenza artificiale|modello|assistente)\b|\bprefer(?:isco"
        r"|irei)\b|\bpiuttosto\b|\bcambiamo\b"
    ),
    hesitates=pattern(
        r"\W*(?:(?:capisco|so|comprendo|vedo|immagino)\b[^!?]{0,140}[.,;:] ?(?:ma|pero|tuttavia|eppure"
        r"|cio nonostante)\b)"
        r"|\W*(?:mi )?(?:chiedi|chiede|domandi|vuoi|scrivi|dici)\b[^.!?]{0,120}\b(?:non|no)\b"
        r"|\W*(?:non )?sarebbe (?:\w+ )?(?:irresponsabile|sbagliato|un errore|disonesto|onesto|giusto"
        r"|corretto)\b"
    ),
    yields=pattern(
        r"\becco(?:lo|la)?\b|pura finzione|titolo di esempio|potrebbe esprimersi|risponderei in"
        r"|come desidera"
    ),
    asks=pattern(r"\b(?:ti|tu|tuo|tua|vuoi|vuole|lei|suo|sua|puoi|potresti|quale|che tipo|preferisci)\b"),
)
