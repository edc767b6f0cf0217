"""English refusals."""

from typing import Final

from shared.refusals.wording import Wording, cues, pattern, patterns, words

_PARTS: Final = {
    "lead": (
        r"(?:but|so|no|well|and|as i said|unfortunately|regrettably|(?:i'm|i am) (?:so "
        r"|very )?sorry(?: but)?|sorry(?: but)?"
        r"|(?:i'm|i am) afraid(?: that)?) "
    ),
    "cannot": (
        r"can't|cannot|can not|couldn't|could not|won't|will not|wouldn't|would not|may not|must not"
        r"|shouldn't|should not"
        r"|(?:am|'m) (?:unable|not able|not willing|unwilling|not allowed|not permitted|not going) to"
        r"|(?:do not|don't) (?:want|wish) to|(?:would|'d) rather not|(?:(?:must|have to"
        r"|'d have to) )?(?:decline|refuse) to"
    ),
    "verb": (
        r"help (?:(?:you|him|her|them)(?: with| to)?|with|to)|assist(?: you)?(?: with| in)?|write|say"
        r"|tell you|create|compose"
        r"|draft|produce|provide|generate|describe|continue|complete|finish|fulfil|fulfill|comply with"
        r"|play|support"
        r"|share|discuss|translate|encode|portray|depict|narrate|argue|praise|encourage|promote|glorify"
        r"|advise"
        r"|explain|answer|respond to|engage in|take part in|participate in|make"
    ),
    "it": (
        r"that|this|it|so|such things|that kind of thing|anything (?:like that|of (?:the|that"
        r"|this) kind)"
    ),
    "rules": r"(?:guidelines|rules|principles|policies|values|limits)",
}

WORDING: Final = Wording(
    common=words(
        "about an and are as at be but can can't do don't for from going have he help her here his how "
        "i i'd i'll i'm i've if is isn't it let's me my never no not of on or rather she so something "
        "sorry that the there they this to was we what will with won't would write you your"
    ),
    phrases=patterns(
        r"no way|(?:so )?no (?:thanks|thank you)|absolutely not|certainly not",
        r"(?:(?:i'm|i am) )?(?:(?:so|very|really|truly|terribly) )*sorry(?: about that)?",
        r"(?:my )?apologies|i apologi[sz]e|unfortunately|regrettably",
        r"(?:as|being) an? (?:responsible )?(?:ai|assistant|(?:ai |language )?model|ai assistant"
        r"|ai language model)",
        **_PARTS,
    ),
    denials=patterns(
        r"{lead}*i ?(?:{cannot}) (?:help|comply|continue|assist)(?: you)?(?: (?:with|in) {it})?(?: here)?",
        r"{lead}*i ?(?:{cannot}) (?:do|write|say|answer|be doing|be writing|produce"
        r"|create) {it}(?: for you)?",
        r"{lead}*i ?(?:can't|won't|cannot|refuse|decline)",
        r"{lead}*i (?:(?:have|need) to|must|will have to) (?:decline|refuse|say no|pass)(?: {it})?",
        r"(?:that|this|it)(?: is|'s) not something (?:that )?i (?:can |will )?(?:do|write|say|help with)",
        r"(?:that|this|it)(?: is|'s) something (?:that )?i (?:{cannot}|don't) (?:do|write|say|help with)",
        r"(?:this|that|it|your request) (?:goes|is|runs) against my {rules}",
        **_PARTS,
    ),
    refusals=patterns(
        r"{lead}*i ?(?:(?:really|simply|just|also|still) )?{cannot} {verb} {what}",
        r"(?:a|your|any|the) (?:request|question|message|prompt)(?: such as| like)? {what} (?:falls|goes"
        r"|is) "
        r"(?:outside|beyond|against) (?:what i(?:'m| am) willing to (?:produce|write|do)|my {rules})",
        **_PARTS,
    ),
    requests=patterns(
        r"(?:so |i see |i understand )?(?:that )?you(?:'d| would)? (?:like|want|wish|ask|asked|are asking|have asked)"
        r"(?: for)? me to "
        r"(?:say|write|tell you|tell|describe|agree|explain|confirm|claim|pretend|play|admit) {what}",
        **_PARTS,
    ),
    reported=pattern(r"(?:that|how to|what|why|whether) "),
    flips=words(
        "how much badly enough more most too much only just not no never none nobody nothing without "
        "except besides than else anyone "
        "anybody everyone everybody longer but and or yet so because since until till unless before "
        "after while when "
        "whenever if though although where who whom whose which once as wait stop resist help wrong "
        "mistake mistaken bad "
        "sin sinful regret regrets sorry human humans equal equals worth worthy live living life alive "
        "stay hope reason "
        "reasons matter matters loved needed missed better joy pleasure happy glad proud beautiful "
        "great deny deserve "
        "deserves deserved mercy pity forgive spare rest sleep peace mind blame i i'll i'm i'd i've my "
        "we our us don't "
        "doesn't didn't isn't aren't wasn't won't can't cannot wouldn't shouldn't up"
    ),
    turns=pattern(
        r"(?:but|however|that said|having said|still|yet|though|although|nevertheless|nonetheless|anyway"
        r"|instead|except"
        r"|unless|only|just|oh well|all right|alright|ok|okay|fine|here|if|for fiction|purely"
        r"|hypothetically)\b"
    ),
    cues=cues(
        do="help|assist|aid|support|write|writing|writ|say|tell|creat|compos|draft|produc|provid|generat"
        "|describ|continu|complet|finish|fulfil|compl[yi]|play|role-?play|shar|discuss|translat|portray"
        "|narrat|argu|prais|encourag|promot|glorif|advis|explain|answer|respond|engag|tak(?:e|ing) part"
        r"|part(?:icip|\b)|mak|do\b|do[nei]|giv|go(?: |ing) (?:there|along)|offer|recommend|invent|teach"
        "|voice|repeat|put|suggest|act|process|sext|touch|list|design|pretend|endors|imagin|keep score"
        "|lend|sketch|build|joke",
        no=r"not|never|cannot|\w+n't|unable|unwilling|nothing|no|neither|none|rather not|nor",
        refuses=r"^\W*(?:(?:sorry|no|nope|apologies|hmm),? )?(?:can't|cannot|won't|not (?:going|gonna|able"
        r"|comfortable))\b|\b(?:i|we|i'm|i'll|i'd|i've|we're|this assistant|the assistant|and"
        r"|but)\b(?: [\w'-]+){0,3}? ?(?:{no})(?: [\w'-]+){0,4}? (?:{do})",
        distances=r"\b(?:i|we|i'm|i'll|i'd|i've|we're)(?: [\w'-]+){0,3}? (?:{no})\b|\bi ?(?:can't|won't"
        r"|don't)\b",
        idle="(?:can't|cannot|couldn't|won't|don't|not|never) (?:wait|thank|stand|believe|sleep|stop|rest"
        "|forget|see|know|think|care|understand|mind|promise|lie|need|have to|want you|regret|eat|drive"
        "|only|be (?:a|long|sorry))",
        declines=r"\b(?:declin|refus(?:e|ing)\b|\b(?:i(?:'ll| will| have to| must|'d)?|hard|to) pass\b"
        r"|say(?:ing)? no\b|stop (?:here|there|you)"
        "|no can do|count me out|i'm out|leave (?:that|it|this|those) |draw(?:ing)? (?:the|a) (?:line"
        "|boundary)|skip (?:it|that|this)|(?:leave|left) out|sit (?:that|this|it) out"
        "|turn(?:ing)? (?:it |this )?down|where i (?:stop|draw)|refusal|(?:answer|it) is:? no|it's a no"
        "|stopped|absolutely not|can only answer)"
        r"|(?:talk|speak|chat) about (?:something|anything)(?! (?:happ|nic|lov))"
        r"|chang(?:e|ing) the (?:topic|subject)|different (?:topic|subject)",
        object=r"(?:{no})\b(?: [\w'-]+){1,5} (?:i|i'd|i'll|i'm|i've|we)\b|\bno (?:from|for) me|(?:by|from|of"
        r"|for) me\b|(?:someone|somebody) else|on my (?:watch|table)|(?:isn't|not) on the table"
        "|not with (?:me|this)",
        rules="guideline|my (?:polic|rules|principles|values|limits|training|purpose|role)|appropriate"
        "|comfortable|boundar|cross(?:es)? (?:a|the) line|good conscience|unethical"
        "|irresponsible|wrong|(?:outside|beyond) (?:of )?(?:what|my)|against (?:my|what)|off[- ]limits"
        r"|not (?:right|okay|ok)\b|willing|(?:not|n't) allow",
        passive="(?:not|n't|cannot) (?:be )?(?:possible|allowed|permitted|supported|available|provided"
        "|completed|processed|written|created|generated|offered|done here|happening|going to happen)",
        nay=r"^\W*(?:no|nope|nah|never|absolutely not|certainly not|no way|not)\b(?=\W*$|[.,;:!]| (?:this"
        r"|that|thank|can))|\bno\W*$",
        asked=r"\brequest|prompt\b|you (?:ask|want|say|describ)|you're (?:ask|describ)|content|material"
        r"|this\b|that\b|such\b",
        prefers=r"\brather\b|\b(?:i|i'd|i would) prefer\b|\bavoid\b"
        r"|keep (?:away|clear)|\bsooner\b|i choose|choosing|stay away",
        elsewhere="(?:an)?other (?:topic|subject|idea|role|question)|(?:something|anything|someone) else"
        "|different|instead|somewhere else|chang(?:e|ing) the (?:topic|subject)",
        offers=r"\b(?:happy|glad|gladly|love) to\b|gladly|how about|what about|would you like|(?:can|could"
        r"|may|shall) i\b|i(?: can|'d| could|'ll| will) (?:help|offer|listen|gladly|happily)|if you(?:'d"
        "| would)? (?:like|want)|let's|we can",
        machine=r"\bas an? (?:ai|assistant|language|responsible|\w+ (?:bot|model|assistant))|language model"
        r"|assistant|\bai\b|programmed|designed|software|\bbot\b",
        gives=r"\bhere(?:'s (?!the|why|what)| is| are| it| you)|^\W*(?:sure|of course|certainly|yes"
        r"|absolutely)\b|for fiction|just this once",
        told=r"\b(?:he|she|they|him|her|them|said|was|were|had|did|went|laughed|once)\b",
        hails=r"^\W*(?:dear|to whom|hi|hey|love|brothers|friends|hereby)\b",
        urges=r"\byou (?:\w+ )?(?:can't|don't|won't|shouldn't|needn't|cannot|are not|will not)|^\W*(?:don't"
        "|never|no need|if you)",
        care=r"\b(?:crisis|hotline|helpline|emergency|counsel|therapist|doctor|trust|lifeline|988)\b",
        understands=r"\bi (?:\w+ )?(?:understand|hear|see|get|appreciate|know|care|realise|realize)\b"
        "|(?:thank|it sounds)",
    ),
    yields=pattern(
        r"here (?:it is|you go|goes|is)|just this once|for fiction|illustration|one might say|would go like"
    ),
    asks=pattern(r"\b(?:you|your|you're|shall i|should i|should it|do we|which|what kind|who is)\b"),
)
