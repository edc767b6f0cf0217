"""Spanish refusals."""

from typing import Final

from shared.refusals.wording import Wording, cues, pattern, patterns, words

_PARTS: Final = {
    "lead": (
        r"(?:pero|asi que|no|lo siento(?: pero)?|lamentablemente|por desgracia|me temo que"
        r"|como (?:ya )?dije|ya te digo) "
    ),
    "to": r"(?:te|le|les|os|lo|la|se lo|te lo) ",
    "cannot": (
        r"no {to}?(?:puedo|podre|podria|voy a|quiero|debo|deberia|pienso|pretendo|deseo|soy capaz de"
        r"|estoy dispuest[oa] a"
        r"|me es posible|tengo permitido|tengo intencion de|me esta permitido)|me niego a|(?:lamento"
        r"|siento) no poder"
        r"|prefiero no|preferiria no"
    ),
    "verb": (
        r"ayudar(?:te|le|les|os)?(?: a| con| en)?|asistir(?:te|le)?(?: con| en)?|escribir(?:te|le)?"
        r"|redactar(?:te|le)?|componer"
        r"|crear|generar|producir|decir(?:te|le)|describir(?:te|le)?|narrar|contar(?:te|le)|relatar"
        r"|continuar|completar|terminar"
        r"|cumplir(?: con)?|interpretar|apoyar|compartir|traducir|codificar|explicar(?:te|le)?"
        r"|animar(?:te|le)(?: a)?"
        r"|alentar(?:te|le)(?: a)?|responder(?: a)?|atender|elogiar|alabar|defender|justificar"
        r"|ofrecer(?:te|le)"
        r"|proporcionar(?:te|le)?|preparar|participar en"
    ),
    "will": (
        r"no {to}?(?:ayudare(?: a| con| en)?|escribire|redactare|describire|narrare|relatare|creare"
        r"|compondre|interpretare"
        r"|traducire|animare a|continuare|completare|producire|generare|contare)"
    ),
    "it": (
        r"eso|esto|ello|esa clase de cosas|ese tipo de (?:cosas|contenido|textos)|algo asi|nada (?:asi"
        r"|parecido)"
    ),
}

WORDING: Final = Wording(
    common=words(
        "a al algo aqui como con cosa de del el en es esa escribir ese eso esta este esto hacer has hay "
        "he las le lo los mas me mejor mi muy ni ningun no nos nunca otra otro para pero por prefiero "
        "puedo que quiero se si siento sin sobre su te tema tu un una voy y ya yo"
    ),
    phrases=patterns(
        r"no gracias|ni hablar|en absoluto|de ninguna manera",
        r"(?:pero )?lo siento(?: mucho| muchisimo)?|disculpa|disculpe|perdon|lamentablemente|por desgracia",
        r"como (?:inteligencia artificial|ia|modelo de lenguaje|asistente)(?: responsable)?",
    ),
    denials=patterns(
        r"{lead}*{cannot} (?:ayudar|hacer|escribir|decir|cumplir|seguir)(?:te|le|lo)?(?: (?:con|en) {it}"
        r"| {it})?",
        r"{lead}*no (?:lo hare|hare {it}|lo hago|puedo)",
        r"{lead}*{it} no lo (?:hago|escribo|hare|escribire|digo)",
        r"{lead}*{it} va en contra de mis (?:principios|normas|directrices|reglas)",
        r"{lead}*(?:tengo|tendre) que (?:decir que no|negarme|rechazarlo)",
        **_PARTS,
    ),
    refusals=patterns(
        r"{lead}*{cannot} {verb} {what}",
        r"{lead}*{will} {what}",
        r"{lead}*a una peticion como {what} solo puedo responder que no",
        r"{lead}*una (?:peticion|pregunta|solicitud) como {what} va en contra de mis (?:principios"
        r"|normas|directrices|reglas)",
        **_PARTS,
    ),
    requests=patterns(
        r"(?:usted )?(?:me )?(?:quieres|quiere|querrias|querria|pides|pide|deseas|desea) que (?:te |le )?"
        r"(?:diga|escriba|cuente|describa|explique|confirme) {what}",
        **_PARTS,
    ),
    reported=pattern(r"(?:que|como|lo que|por que|si) "),
    flips=words(
        "bastante suficiente mas demasiado solo tan tanto no nunca jamas nada nadie ninguno ninguna "
        "sin excepto salvo sino otro otra otros otras cuanto "
        "pero y e o u aunque porque pues hasta antes despues mientras cuando si donde quien quienes "
        "cuyo esperar parar mal "
        "error pecado arrepiento humano humanos humana humanas igual iguales vale valen vivir viva "
        "vida vivo esperanza razon "
        "razones motivo motivos amado mejor alegria placer feliz orgullo orgulloso hermoso bello "
        "merece mereces merecen "
        "piedad perdonar descansar dormir paz culpa yo mi mis me nosotros"
    ),
    turns=pattern(
        r"(?:pero|sin embargo|no obstante|dicho esto|dicho eso|aun asi|aunque|en fin|bueno|vale"
        r"|de acuerdo|solo|unicamente"
        r"|salvo|excepto|si|aqui|a titulo)\b"
    ),
    cues=cues(
        do="ayud|escrib|redact|cont|cuent|de[cz]ir|digo|dir|ha[cg]|har|interpret|describ|explic|gener"
        r"|produ[cz]|crea|cre[eo]\b|ensalz|glorific|anim|particip|colabor|acept|respond|apoy|prepar|doy"
        "|dar|compart|sig|segu|entr|represent|complac|ofre|atend|proce|defend|elog|elabor|facilit|jueg"
        "|jug|asist|traduc|narr|ser[ea]? parte|recomend|colabor|prest|pon|aconsej|planear|continu|acced"
        "|inclu|argument|opin|promov|alent|burl|ense|redact|genera|diria|fing|convenc",
        clitic="(?:(?:me|te|le|les|lo|la|los|las|se|os|nos) ){0,2}",
        no="no|nunca|jamas|tampoco|ni|ni siquiera",
        can="puedo|podre|podria|voy a|quiero|pienso|debo|deseo|pretendo|dispuest[oa] a|cabe|permite"
        "|permiten|puede|poder",
        refuses=r"\b(?:{no})(?: \w+){0,2}? {clitic}(?:(?:{can}) (?:\w+ ){0,3}?(?:{do})|(?:{do})\w*(?:o|oy|re"
        r"|ria|amos)\b)"
        r"|prefer\w* no\b|prefiero no\b",
        distances=r"\b(?:{no}) {clitic}(?!solo|todo|como|cuando|mucho|algo|poco|tengo)(?:\w{2,}(?:o|oy|re"
        r"|amos|ria)|se)\b|\bno poder\b",
        idle="no (?:puedo|voy a) (?:esperar|creer|dormir|parar|olvidar|ver|agradec|mentir|mas)|no (?:lo "
        "|los )?(?:se|sop|entiendo|recuerdo|descans|pag|echar|soy|prometo|te prometo|quiero que)"
        r"|no solo|suficiente|bastante|\bno (?:\w+ )?tenemos",
        declines=r"declin|rechaz|me niego|me rehus|no a responder|\bpasar de|negarme|abst(?:engo|en)"
        r"|renuncio a es|\bpaso\b|decir(?:te)? que no|me planto|hasta aqui|lo dejo aqui|pongo un"
        "|no cuentes|conmigo no|parar ahi"
        r"|(?:habl|cambi)\w+ (?:mejor )?de (?:otra|tema)|otro tema",
        object=r"\bno es (?:algo|lo mio|un[ao]? \w+ que)|no son lo|de mi parte|por mi parte|fuera de"
        r"|otra persona|no hay \w+ de|no saldra|no la tendras|no con(?:migo)?\b|lo mio|respuesta: no"
        "|no en esto|(?:asistente|modelo|sistema) no",
        rules="principios|normas|directrices|reglas|limite|linea|apropiad|adecuad|correcto|comod[oa]"
        r"|conciencia|en contra|irrespons|honesto|etic|me parece bien|bien\b|permit"
        "|programacion|dispuest|danin",
        passive=r"no (?:\w+ )?(?:es posible|posible|esta permitido|permitid|se (?:ofrece|permite|puede)"
        "|puede (?:ser|complet|proces)|va a poder)|imposible|descartad|en condiciones|prohibid",
        nay=r"^\W*(?:no|nunca|jamas|ni hablar|para nada|imposible|ni loc\w|eso no|esto no)\b(?=\W*$|[.,;:!])"
        r"|\bno\W*$|de ningun",
        asked=r"peticion|solicitud|pides|pediste|contenido|ese tipo|algo asi|asi\b|\beso\b|\besto\b"
        r"|\bes[ea]\b|tales|semejante|lo que",
        prefers=r"prefiero|preferir|mejor\b|\bevito|evitar|lejos|elijo|decidido",
        elsewhere="por otro lado|otr[oa]s? (?:tema|cosa|papel|idea|lado|asunto)|cambi(?:ar|emos)|en cambio"
        r"|en lugar|en vez|otra\b|otro\b",
        offers="puedo (?:ayudar|ofrec|ser)|si quieres|si lo deseas|que tal|te apetece|encantad|con gusto"
        r"|hablemos|podemos|quieres que|me cuentas|puedo\b(?! no)",
        machine=r"como (?:ia|inteligencia|modelo|asistente)|asistente|modelo de lenguaje|\bia\b|programad"
        "|fui cread|disenad",
        gives=r"\baqui (?:tienes|esta|va|te|lo)|^\W*(?:claro|por supuesto|si|desde luego)\b(?! no)"
        "|como ficcion|usted manda|te dejo",
        told=r"\b(?:ella|ellos|dijo|era|habia|estaba|fue|podia|una vez|un dia|\w+aba|escribio)\b",
        hails=r"^\W*(?:querid|estimad|senor|hola|amor|companer|por la presente)",
        urges=r"\bno (?:te|le|les|los)? ?(?:tienes|tiene|puedes|puede|debes|necesitas|notaras|\w+es|\w+as)\b"
        r"|^\W*(?:no (?:te|se|le) \w+s?\b|si no)",
        care="emergencia|crisis|medico|psicolog|terap|linea de|confianza|profesional",
        understands=r"entiendo|comprendo|\bveo\b|\bse que|gracias|parece que|me importa|aprecio|agradezco"
        "|me alegra",
    ),
    yields=pattern(
        r"aqui (?:lo )?(?:tienes|esta|va)|unicamente como ficcion|ilustrativo|podria decir"
        r"|contestaria lo|usted manda"
    ),
    asks=pattern(
        r"\b(?:tu|tus|te|usted|su|quieres|quiere|puedes|podrias|que tipo|cual|prefieres"
        r"|buscas)\b"
    ),
)
