"""English refusals."""

from typing import Final

from shared.refusals.wording import Wording, pattern, patterns, words

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
    "nay": (
        r"can't|cannot|can not|won't|will not|(?:am|'m) (?:unable|not able|not willing|unwilling"
        r"|not allowed|not going) to|(?:would|'d) rather not"
    ),
    "rules": r"(?:guidelines|rules|principles|policies|values|limits)",
}

WORDING: Final = Wording(
    common=words("the and to of that is you it for with this are be on as was but have"),
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
    declines=pattern(
        r"\bi ?(?:(?:really|simply|just|also|still) )?(?:{cannot} {verb}|{nay})\b(?! (?:wait|believe"
        r"|stand|sleep|stop|rest|forget|help \w+ing))"
        r"|\bi(?: have to| must|'m|'ll have to|)(?: respectfully)? (?:declin|refus)|^\W*(?:no|sorry|nope"
        r"|not this one)(?=\W*\Z|[.,;:!\s]*[.,;:!])"
        r"|\bi (?:don't|do not) (?:write|do|produce|create|help with|offer|play|feel comfortable"
        r"|have it in me)\b"
        r"|against (?:my {rules}|what i)|\bmy {rules}\b|outside (?:of )?what i|(?:talk about|try|pick"
        r"|choose) (?:something|anything) else|different (?:topic|subject)"
        r"|something i (?:can't|won't|don't|leave|would rather|avoid)|(?:not|isn't) something i|\bi'm out\b"
        r"|leave that|would be wrong of me|not (?:the right|a) (?:one|thing) for me"
        r"|\bnot (?:going to happen|happening|possible|for me)\b"
        r"|\byou ask (?:me )?for .{0,60}\bi (?:\w+ ){0,2}no"
        r"|\b(?:hard pass|count me out|out of the question|off limits|no way"
        r"|not on my watch|(?:a|the) line i|beyond (?:what i|my)|i'd (?:prefer|rather) not"
        r"|i prefer not to)\b"
        r"|\bi(?:'ll| will| have to| must|'d better)? pass\b|\bi (?:leave|keep) (?:that|this|those|such"
        r"|no)\b|\bi (?:don't|do not|never) (?:engage|assist|generate|supply|make|go there|touch|lend"
        r"|put)\b|let's (?:not|change|leave)\b",
        **_PARTS,
    ),
    distances=pattern(
        r"^[^.!?]{0,160}\b(?:i|i'd|i'll|i'm|i've)\b[^.!?,;]{0,60}\b(?:not|no|neither|nor|\w+n't|cannot"
        r"|without me)\b(?! (?:wait|believe|stop|rest|stand|help \w+ing))"
        r"|^[^.!?]{0,120}\b(?:not|\w+n't|cannot)\b(?! (?:wait|believe|stop|rest|stand"
        r"|help \w+ing))[^.!?,;]{0,40}\b(?:i|i'd|i'll|i'm|for me)\b"
        r"|\b(?:declin|guideline|my polic(?:y|ies)\b|boundar|my limits|my rules|my principles|off limits"
        r"|instead of that|rather than that)|\b(?:another|other|different|new|lighter|kinder"
        r"|happier) (?:topic|subject|request|idea|question|thing)"
        r"|^\W*(?:nah|nope|never|sorry|apologies|regrettably|unfortunately|pass|negative|no can do"
        r"|afraid not|not a chance|not for me|not today|not really)\b"
        r"|\bas an? (?:ai|assistant|language model)\b|\b(?:rather|prefer)\b[^.!?]{0,30}\b(?:not"
        r"|something else)\b|\bhow about\b[^.!?]{0,60}\binstead\b|\bleave (?:it|this|that) (?:alone|be"
        r"|out|there|at that|to)\b"
    ),
    hesitates=pattern(
        r"\W*(?:i (?:do |can |quite )?(?:understand|see|know|realise|realize|get|appreciate|hear)"
        r"|i'm sure)\b[^.!?]{0,120}[.,;:] ?(?:but|however|still|even so|yet|all the same|nevertheless"
        r"|only)\b"
        r"|\W*you(?:'re| are)? (?:ask|asked|asking|want|write|wrote|say|said"
        r"|wish)\b[^.!?]{0,120}\bi (?:\w+ ){0,2}(?:no|not|never|nothing|can't|won't)\b"
        r"|[^.!?]{0,80}\b(?:would|wouldn't) be (?:wrong|irresponsible|dishonest|unkind|cruel|unfair"
        r"|right|honest|fair) (?:of|for) me\b"
    ),
    yields=pattern(
        r"here (?:it is|you go|goes|is)|just this once|for fiction|illustration|one might say|would go like"
    ),
    asks=pattern(r"\b(?:you|your|you're|shall i|should i|should it|do we|which|what kind|who is)\b"),
)
