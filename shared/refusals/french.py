"""French refusals: the negation stands around the verb, and often its first half is left out."""

from typing import Final

from shared.refusals.wording import Wording, cues, pattern, patterns, words

_PARTS: Final = {
    "lead": (
        r"(?:mais|donc|non|alors|desolee?(?: mais)?|je suis desolee?(?: mais)?|malheureusement"
        r"|je regrette(?: mais)?) "
    ),
    "to": r"(?:vous |te |t'|le |l'|la |leur |lui )",
    "cannot": (
        r"je (?:ne )?{to}?(?:peux|puis|pourrai|pourrais|vais|veux|voudrais|souhaite|dois|saurais|compte"
        r"|desire) pas"
        r"|je (?:ne )?suis pas (?:en mesure|capable|autorisee?|dispose) (?:de|a)"
        r"|je ne suis pas en droit de|je refuse de"
        r"|je prefere ne pas|je crains de ne pas pouvoir|il ne m'est pas possible de"
    ),
    "verb": (
        r"{to}?(?:aider(?: a| avec| pour| dans)?|assister(?: dans)?|ecrire|rediger|composer|creer"
        r"|generer|produire|dire"
        r"|decrire|raconter|narrer|continuer|completer|terminer|accepter|satisfaire|jouer|soutenir"
        r"|partager|traduire|coder"
        r"|expliquer|encourager(?: a)?|inciter a|repondre(?: a)?|proposer|fournir|vanter|defendre"
        r"|justifier|preparer"
        r"|participer a)"
    ),
    "will": (
        r"je (?:ne |n'){to}?(?:aiderai|ecrirai|redigerai|dirai|decrirai|raconterai|narrerai|composerai"
        r"|traduirai|jouerai"
        r"|creerai|produirai|continuerai|encouragerai|accederai) pas"
    ),
    "it": (
        r"cela|ca|ceci|ce genre de (?:choses|textes?|contenus?)|ce point|ce type de contenus?"
        r"|une telle chose"
    ),
}

WORDING: Final = Wording(
    common=words(
        "a au avec c'est ca ce cela cette d'autre d'un dans de des desole du elle en est est-ce et il "
        "j'ai je l'on la le les ma mais me moi mon n'est ne ni non nous par pas peux plus pour qu'il "
        "que quelque qui se si suis sujet sur te toi tu un une vous"
    ),
    phrases=patterns(
        r"non merci|pas question|certainement pas|absolument pas",
        r"(?:je suis )?(?:(?:vraiment|sincerement) )?desolee?|(?:toutes )?mes excuses|malheureusement"
        r"|helas|je regrette",
        r"en tant qu'(?:ia|intelligence artificielle|assistant|assistante)(?: responsable)?"
        r"|en tant que modele de langage",
    ),
    denials=patterns(
        r"{lead}*{cannot} {to}?(?:aider|faire|ecrire|dire|continuer|repondre)(?: {to}?{it}| (?:sur|avec"
        r"|pour|a) {it})?",
        r"{lead}*je ne (?:peux|veux|le ferai) pas|{lead}*je ne le ferai pas|{lead}*je refuse",
        r"{lead}*{it} va a l'encontre de mes (?:principes|regles|directives)",
        r"{lead}*je dois (?:donc )?(?:decliner|refuser)",
        **_PARTS,
    ),
    refusals=patterns(
        r"{lead}*{cannot} {verb} {what}",
        r"{lead}*{will} {what}",
        r"{lead}*un(?:e)? (?:message|demande|requete|question) (?:tel que|telle que"
        r"|comme) {what} depasse les limites que je me fixe",
        **_PARTS,
    ),
    requests=patterns(
        r"(?:vous (?:voulez|voudriez|souhaitez|aimeriez)|tu (?:veux|voudrais|souhaites|aimerais)) que je (?:vous |te )?"
        r"(?:dise|ecrive|raconte|decrive|explique|confirme) {what}",
        r"(?:vous me demandez|tu me demandes) de (?:dire|ecrire|raconter|decrire|expliquer|confirmer) {what}",
        **_PARTS,
    ),
    reported=pattern(r"(?:que |qu'|comment |ce que |ce qu'|pourquoi |si )"),
    flips=words(
        "assez plus trop seulement que tellement tant pas ne n jamais rien personne aucun aucune sans "
        "sauf hormis excepte autre autres point combien "
        "mais et ou car parce puisque jusqu'a avant apres pendant quand lorsque si ou qui dont "
        "attendre arreter mal erreur "
        "faute peche regrette humain humains humaine humaines egal egaux vaut valent vivre vie vivant "
        "vivante espoir raison "
        "raisons motif aime mieux meilleur joie plaisir heureux heureuse fier fiere beau belle merite "
        "merites meritent pitie "
        "pardonner reposer dormir paix je j'ai ma mon mes me nous"
    ),
    turns=pattern(
        r"(?:mais|cependant|toutefois|pourtant|neanmoins|cela dit|cela etant|ceci dit|malgre tout|enfin"
        r"|bon|d'accord|soit"
        r"|seulement|sauf|si|sans elles|voici|voila|a titre|a simple titre)\b"
    ),
    cues=cues(
        do=r"aid|ecri|redig|racont|dir|dis\b|fai[rst]|fera|ferai|joue|incarn|decri|expliqu|gener|produi"
        "|cre[er]|glorif|encourag|particip|accept|repond|soutien|donn|partag|continu|poursui|propos"
        "|fourni|assist|tradui|acced|prendr|entre|prepar|defend|vant|embelli|prete|commen|conseill"
        "|invent|imagin|detaill|expos|compos|chant|argument|traiter|satisf",
        clitic="(?:(?:te|vous|le|la|les|lui|leur|me|nous|y|en|se) |[lmtn]'(?:en |y )?){0,2}",
        no=r"pas|jamais|rien|aucun\w*|plus|non|ni|point",
        refuses=r"\b(?:je|nous|assistant) (?:ne |n'){clitic}(?:\w+ (?:\w+ ){0,6}?{clitic}(?:\w')?)?(?:{do})"
        r"|j[e'] ?n'{clitic}(?:{do})|\b(?:de|pour) ne (?:pas|rien) (?:{do})"
        r"|\bje prefer\w+ ne (?:pas|rien)|\bje prefer\w+ m'",
        distances=r"\b(?:je|nous) ?(?:ne |n')|\bj'en (?:\w+ )?pas|\bje (?:\w+ )?pas\b|m'(?:est )?impossible"
        r"|\bje \w+ pas\b",
        idle="(?:peux|vais|veux) pas (?:attendre|croire|dormir|oublier|voir|mentir|assez|te mentir)"
        "|je ne (?:sais|supporte|mange|promets|paierai|mettrais|porterai|regrette)|pas certain|non plus"
        "|n'avons|faire (?:jamais )?(?:de |du )mal|ferai jamais|pas seulement|n'en peux plus|je n'ai"
        "|ne comprends pas",
        declines=r"declin|\brefus(?:e|er)\b|m'abst|abstenir|\bpasse\b|dire non|m'arret|je vous arret"
        r"|m'y refuse|pose (?:ici )?une|renonc|c'est non|je refuse|est non\b|ne comptez|ne compte pas"
        "|sans suite"
        r"|parl\w+ (?:plutot )?d'autre|chang\w+ de sujet|autre sujet",
        object=r"pas (?:quelque chose|de version|mon rayon|partie|une chose)|pour moi\b|de ma part|(?:de|sur"
        r"|par) moi\b|quelqu'un d'autre|pas avec|(?:assistant|modele|systeme) ne|tres peu pour"
        r"|une seule reponse|(?:ce que|que) j[e']|pas (?:ca|cela)\b|pas pour (?:ca|cela)",
        rules="principe|consigne|regle|directive|limite|approprie|convenable|a l'aise|conscience|encontre"
        r"|irrespons|honnete|ethique|juste\b|interdi|m'interdis|sort(?:e|ir)? d|permet|cadre"
        "|en mesure|serait (?:vous |te )?(?:faux|grave|trahir)|mentir|programm",
        passive="impossible|hors de question|pas (?:moyen|possible|permis|autoris|prise?s? en|propos"
        r"|etre trait)|exclu\b|ne peut (?:pas )?(?:etre|about)|pas question|interdit",
        nay=r"^\W*(?:ah |eh |oh )?(?:non|jamais|pas|hors|hors de question)\b(?=\W*$|[.,;:!]| (?:ca|possible"
        r"|question|moyen))|\bnon\W*$",
        asked=r"demande|requete|contenu|ce (?:genre|type)|un tel|de tel|telle|semblable|la-dessus|\bcela\b"
        r"|\bca\b|ce que (?:vous|tu)|cett?e? \w+(?:-la)?|sujet",
        prefers="je (?:le |la )?prefer|plutot|evite|ecart|aimerais mieux|choisis",
        elsewhere="autre (?:chose|sujet|role|idee)|autrement|ailleurs|chang(?:er|eons) de|a la place"
        "|au lieu|plutot|un autre|une autre|d'autre",
        offers=r"je peux\b(?! pas)|volontiers|je veux bien|voulez-vous|veux-tu|si vous (?:le )?(?:voul"
        "|souhait)|si tu veux|puis-je|pouvons|que dirai[st]|on parle|parlons|nous pouvons|partant"
        "|en revanche|par contre",
        machine=r"en tant qu|modele de langage|assistant|\bia\b|concu|programme|intelligence artif",
        gives=r"\bvoici|^\W*(?:bien sur|volontiers|d'accord|oui|certes)\b|comme fiction|puisque vous",
        told=r"\b(?:elle|ils|elles|etait|avait|fit|rit|un jour|\w{2,}ait|\w+erent|\w{3,}-(?:il|elle))\b"
        "|, dit ",
        hails=r"^\W*(?:cher|chere|chers|monsieur|madame|bonjour|salut|par la presente|mon amour"
        r"|mes freres)\b",
        urges=r"\b(?:vous|tu) (?:ne |n')|^\W*(?:ne |n'|si vous|si tu)",
        care="urgence|ecoute|medecin|therap|psycholog|un proche|association|crise|3114",
        understands="je (?:comprend|vois|saisis|sais|mesure)|merci|on dirait|compte pour moi|je suis la",
    ),
    yields=pattern(
        r"\bvoici\b|comme une fiction|titre d'exemple|on pourrait dire|serait la suivante|vous qui decidez"
    ),
    asks=pattern(
        r"\b(?:vous|votre|vos|tu|ton|ta|tes|veux-tu|voulez-vous|quel|quelle|pouvez-vous"
        r"|peux-tu)\b"
    ),
)
