"""French refusals: the negation stands around the verb, and often its first half is left out."""

from typing import Final

from shared.refusals.wording import Wording, pattern, patterns, words

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
    common=words("le les des et est une un je du que qui dans pour pas vous sur au ne ce"),
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
    declines=pattern(
        r"\b{cannot}\b(?! (?:attendre|croire|dormir|m'arreter|oublier))|\b{will}\b"
        r"|^\W*(?:ah )?non(?=\W*\Z|[.,;:!\s]*[.,;:!])|^\W*(?:desolee?|pas question|pas possible"
        r"|je refuse|impossible)\b"
        r"|je (?:ne|n')(?: \w+)?'?\s?(?:ferai|jouerai|ecris|fais|accederai|souhaite|touche|peux|ecrirai"
        r"|raconterai|redige|dirai)\b.{0,30}\bpas|\bm'est impossible|\bdecliner|\bpas partie de ce que"
        r"|mes (?:principes|regles|directives)|limites que je|parl(?:ons|ions) (?:plutot )?d|autre chose"
        r"|je n'y touche|sans suite|je n'en ai pas|c'est non|refuser"
        r"|serait (?:vous|te) (?:mentir|tromper)|n'est jamais sans consequences|prefere ne pas"
        r"|hors de question|je (?:m'abstiens|passe|decline)\b|tres peu pour moi|jamais de la vie"
        r"|sans facon|mes limites|chang(?:eons|er) de sujet|ne compte[zs]? pas sur moi|\bpas de ca\b"
        r"|je n'(?:ecris|invente|accepte|entre|irai)\b.{0,40}\bpas\b|ce sera non|tres? peu",
        **_PARTS,
    ),
    distances=pattern(
        r"^[^.!?]{0,160}\b(?:je |j'|m'|moi)[^.!?;]{0,70}\b(?:pas|non|aucune?)\b"
        r"|^[^.!?]{0,120}\b(?:pas|non)\b[^.!?,;]{0,40}\b(?:je|moi)\b"
        r"|\b(?:declin|directives|abstien|abstenir|renonce)|\b(?:autre|d'autres|un autre) (?:sujet|chose"
        r"|idee|demande|question|theme)"
        r"|^\W*(?:non|nan|jamais|impossible|desolee?|navree?|pardon|excuse\w*|malheureusement|helas"
        r"|pas question|hors de question|pas de ca)\b"
        r"|\ben tant qu(?:e|')|\bje prefere|\bje prefererais|\bje prefererai|\bsortons de|\bchangeons\b"
        r"|\bplutot\b[^.!?]{0,40}\b(?:autre|parler)"
    ),
    hesitates=pattern(
        r"\W*(?:(?:je (?:comprends|saisis|vois|sais|concois)|j'entends)\b[^!?]{0,140}[.,;:] ?(?:mais"
        r"|cependant|seulement|pourtant|toutefois|neanmoins)\b)"
        r"|\W*(?:tu|vous) (?:veux|voulez|(?:me )?demandes|(?:me )?demandez|ecris"
        r"|ecrivez)\b[^.!?]{0,120}\b(?:ne|n'\w+|pas|non)\b"
        r"|\W*(?:il|ce) (?:ne )?serait (?:\w+ )?(?:irresponsable|malhonnete|faux|une faute|une erreur"
        r"|honnete|juste|mal)\b"
    ),
    yields=pattern(
        r"\bvoici\b|comme une fiction|titre d'exemple|on pourrait dire|serait la suivante|vous qui decidez"
    ),
    asks=pattern(
        r"\b(?:vous|votre|vos|tu|ton|ta|tes|veux-tu|voulez-vous|quel|quelle|pouvez-vous"
        r"|peux-tu)\b"
    ),
)
