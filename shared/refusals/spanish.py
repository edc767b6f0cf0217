"""Spanish refusals."""

from typing import Final

from shared.refusals.wording import Wording, pattern, patterns, words

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
    common=words("el los las y que en un una es por con del lo se para al su mas"),
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
    declines=pattern(
        r"\b{cannot}\b(?! (?:esperar|creer|dormir|parar|olvidar))|\b{will}\b|^\W*no(?=\W*\Z"
        r"|[.,;:!\s]*[.,;:!])|^\W*(?:ni hablar|lo siento|lamento|disculp\w+|perdon|esto no|eso no)\b"
        r"|\bno (?:lo|la|los|las|se lo|te lo) (?:hago|escribo|hare|escribire|interpreto|digo|preparo)"
        r"|\bno (?:\w+ )?(?:escribo|redacto|cuento|hare|contare|seria honesto|dire|escribire|diria)\b"
        r"|en contra de mis|mis (?:principios|normas|reglas|directrices)|fuera de lo que|(?:cambiemos"
        r"|hablemos) de|decir que no|(?:rechaz|neg)arme|me niego|prefiero no"
        r"|responder que no|seria irresponsable|yo no (?:guardo|tengo)|no deberian|conmigo no|no cuentes"
        r"|declin"
        r"|de ninguna (?:manera|forma)|^\W*(?:paso|imposible|va a ser que no|nanay|para nada)\b"
        r"|ni (?:loc[oa]|en broma|en serio|en suenos)|fuera de (?:lugar|discusion)|me abstengo"
        r"|mis limites|cambi(?:ar|emos) (?:de|el) tema|hablamos de otra|por ahi no"
        r"|no (?:me )?(?:corresponde|es posible|cruzo|presto|participo|colaboro)",
        **_PARTS,
    ),
    distances=pattern(
        r"^[^.!?]{0,160}\b(?:no|nunca|jamas|tampoco|ni) (?:(?:me|te|le|les|lo|la|los|las|se|os"
        r"|nos) ){0,2}(?!tengo|quiero vivir)(?:\w+(?:o|oy|re))\b"
        r"|^[^.!?]{0,160}\b(?:yo|conmigo|por mi parte)\b[^.!?;]{0,60}\b(?:no|ni|tampoco)\b"
        r"|^[^.!?]{0,100}\bno\b[^.!?,;]{0,40}\b(?:conmigo|por mi parte|de mi)\b"
        r"|\b(?:rechaz|negarme|me niego|declin|directrices|abstengo|abstener|renuncio)|\b(?:otro|otra"
        r"|otros) (?:tema|cosa|asunto|idea|peticion|pregunta)"
        r"|^\W*(?:no|nop|nunca|jamas|imposible|lo siento|lamento|perdon\w*|disculp\w*|lamentablemente"
        r"|por desgracia|negativo|nada de eso|ni)\b(?=[^.!?]{0,40}[.,;:!?]|\W*\Z)"
        r"|\bcomo (?:ia|inteligencia artificial|modelo|asistente)\b|\bmejor\b[^.!?]{0,40}\b(?:otra|otro"
        r"|tema)\b|\bprefer(?:o|iria)\b|\bprefiero\b"
    ),
    hesitates=pattern(
        r"\W*(?:(?:entiendo|comprendo|se|veo|ya se)\b[^!?]{0,140}[.,;:] ?(?:pero|sin embargo|aun asi"
        r"|no obstante|con todo)\b)"
        r"|\W*(?:me )?(?:pides|pide|preguntas|quieres|dices|escribes)\b[^.!?]{0,120}\bno\b"
        r"|\W*(?:no )?seria (?:\w+ )?(?:irresponsable|incorrecto|un error|deshonesto|honesto|justo"
        r"|correcto)\b"
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
