"""Italian refusals."""

from typing import Final

from shared.refusals.wording import Wording, cues, pattern, patterns, words

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
    common=words(
        "a al altro anche che come con cosa da dei del della di dispiace e e' gli i il in io la le lo "
        "ma mai mi ne nel nella niente no non parliamo per piu posso qualcosa quel quella questa questi "
        "questo qui scusa se si sono su sua suo ti tu un una volentieri"
    ),
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
    requests=patterns(
        r"(?:lei )?(?:vuoi|vuole|vorresti|vorrebbe) che (?:io )?(?:ti |le )?"
        r"(?:dica|scriva|racconti|descriva|spieghi|confermi) {what}",
        r"mi (?:chiedi|chiede) di (?:dire|scrivere|raccontare|descrivere|spiegare|confermare) {what}",
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
    cues=cues(
        do="aiut|scriv|scritt|raccont|dir|dic|fa(?:r|cc|re)|recit|interpret|descriv|spieg|gener|produ[cr]"
        "|cre[ao]|esalt|glorific|incoragg|partecip|accett|rispond|sosten|d[ao]r|prepar|condivid|continu"
        "|prosegu|propon|forni|assist|tradu|prest|entrer|lod|cant|soddisf|elabor|appogg|offr|consigl"
        r"|invent|dar\b|do\b|faccio|faro|scherz|fingo|argoment|collabor|spinger",
        clitic="(?:(?:ti|lo|la|li|le|gli|mi|vi|ci|ne|te|me|ce|ve|se|si) |(?:l|t|m|v|c)'){0,2}",
        no="non|mai|ne|nemmeno|neanche|neppure|niente",
        can="posso|potro|potrei|voglio|vorrei|intendo|devo|desidero|riesco a|sono in grado di"
        "|me la sento di|disposto a|disposta a|possibile|siamo in grado di|penso di|consentono di",
        refuses=r"\b(?:{no}) {clitic}(?:(?:e |sono )?(?:{can}) (?:\w+ ){0,3}?(?:{do})|(?:{do})\w*(?:o|ro|rei"
        r"|iamo)\b)|(?:di|per) non (?:{do})"
        r"|prefer\w+ (?:di )?non?\b",
        distances=r"\b(?:{no}) {clitic}(?!solo|sono solo|molto|tutto|ho|quando|vedo)(?:\w{2,}(?:o|rei))\b",
        idle="non (?:posso|riesco a) (?:aspettare|credere|dormire|vedere|ringraz|fare a meno)"
        "|non (?:lo )?(?:so|sopporto|li sopporto|vedo|capisco|pagher|porter|sono (?:mattin|solo)"
        "|ti prometto|ti mentir|voglio che|avro)|abbastanza|mett?erei|non abbiamo",
        declines=r"declin|rifiut|mi astengo|\bpasso\b|dire di no|mi fermo|ti fermo|non contare|metto un"
        r"|me ne tengo|rinuncio a scr|dico di no|alla larga|mi rifiuto|e un no\b"
        r"|parl\w+ d'altro|parl\w+ di altro|cambi\w+ (?:discorso|argomento)",
        object=r"non (?:e|sono) (?:qualcosa|una cosa|cosa)|fanno? per me|da parte mia|da me\b|per me\b"
        "|qualcun altro|non uscira|non ne scriv|sola risposta|questo no|(?:assistente|modello"
        "|sistema) non|proprio no|versione di|non lo avrai|non in questo|di cio che faccio",
        rules="principi|regol|linee guida|direttiv|limit|confine|appropriat|opportun|a(?: mio)? agio"
        "|coscienza|contrari|irrespons|corrett|etic|giusto|consent|permett|in grado|onest"
        "|mancanza di rispetto|dispost",
        passive="impossibile|non (?:e|sono) (?:possibil|consentit|permess|ammess|disponib)|niente da fare"
        "|fuori discussione|se ne parla|non si (?:offr|puo|fa)|non puo essere|esul|vietat|non e il caso",
        nay=r"^\W*(?:eh |ah )?(?:no|mai|assolutamente no|niente affatto|neanche per)\b(?=\W*$|[.,;:!]"
        r"| (?:grazie|questo))|\bno\W*$|di no\b",
        asked=r"richiest|contenut|simil|del genere|di questo tipo|\bquesto\b|\bcio\b|quell[oa]\b|mi chied"
        r"|mi hai chiesto|che chiedi|cosi\b",
        prefers="preferi(?:sco|rei)|evit|alla larga|piuttosto|scelgo",
        elsewhere=r"altr[oai]\b|altrove|cambi(?:are|amo)|invece|al posto|d'altro",
        offers="posso (?:aiut|offr|esser|per|pero)|se vuoi|ti va|che ne dici|volentieri|parliamo|possiamo"
        r"|vuoi\b|ti propongo|passiamo|ci sto|mi racconti",
        machine="in quanto|modello linguistico|come (?:ia|modello|assistente|intelligenza)|assistente"
        r"|\bia\b|sono stato (?:creat|progett)|programmat",
        gives=r"\becco|^\W*(?:certo|volentieri|naturalmente|si|va bene)\b|solo come finzione|come vuole",
        told=r"\b(?:lui|lei|loro|disse|era|aveva|stava|fu|una volta|un giorno|\w+eva|\w+ava|scrisse)\b",
        hails=r"^\W*(?:car[oaie]|egregi|gentil|ciao|amore|con la presente|fratelli|signor)",
        urges=r"\bnon (?:ti |te |le )?(?:devi|deve|puoi|puo|hai|serve|noterai|preoccup)|^\W*(?:non \w+(?:are"
        r"|ere|ire|ate|ete)\b|se non)",
        care="emergenza|medico|psicolog|terap|centro|ascolto|fidat|crisi",
        understands=r"capisco|comprendo|\bvedo|\bso che|grazie|sembra che|tengo a|mi rendo conto",
    ),
    yields=pattern(
        r"\becco(?:lo|la)?\b|pura finzione|titolo di esempio|potrebbe esprimersi|risponderei in"
        r"|come desidera"
    ),
    asks=pattern(r"\b(?:ti|tu|tuo|tua|vuoi|vuole|lei|suo|sua|puoi|potresti|quale|che tipo|preferisci)\b"),
)
