"""Greetings and small words, each of one language only: they decide where a text is too short for statistics."""

from collections.abc import Collection

WORDS = {
    "en": """hello hey yes thanks thank please sorry goodbye welcome morning evening night friend friends love help the
        and you your they what who where when why how which this that these those with without because my his her our
        their have has does did would could should today tomorrow yesterday always never nothing something everything
        good bad great happy birthday water bread house dog cat""",
    "de": """hallo ja nein danke bitte tschüss tschüs entschuldigung willkommen morgen abend nacht freund freunde liebe
        hilfe und ich wir ihr nicht auch aber oder wenn weil mit ohne für über dein unser habe haben sind bist seid
        heute gestern immer niemals nichts etwas alles gut schlecht schön glücklich geburtstag wasser haus hund
        katze""",
    "fr": """bonjour bonsoir salut oui merci pardon bienvenue matin soir nuit ami amis amour aide et je nous vous ils
        elles quoi où quand pourquoi comment avec sans parce mon ton notre votre leur suis êtes sont avez avons
        aujourd'hui demain hier toujours jamais rien quelque tout bon bonne mauvais heureux anniversaire eau pain
        maison chien chat""",
    "es": """hola sí gracias adiós perdón bienvenido bienvenida mañana noche amigos ayuda yo nosotros ustedes ellos
        ellas qué quién dónde cuándo cómo cuál pero porque mi tu nuestro soy eres somos tengo tienes hoy ayer siempre
        nunca nada algo bueno buena malo feliz cumpleaños agua casa perro gato""",
}
_LANGUAGE_OF = {word: language for language, words in WORDS.items() for word in words.split()}


def language_of(words: Collection[str]) -> str | None:
    """The one language that the everyday words among `words` (in lower case) belong to; None if none or several do."""
    languages = {_LANGUAGE_OF[word] for word in words if word in _LANGUAGE_OF}
    return languages.pop() if len(languages) == 1 else None
