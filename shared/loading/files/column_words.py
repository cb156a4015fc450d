"""How people call their columns, in the languages that we know some words of."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

__all__ = ["is_called"]

_LONG_WORD = 5
"""From so many letters on a word is also found inside a name: `Bewertungstext`."""

_ACCENTED = re.compile("([a-z])[\u0300-\u036f]+")
"""Of Latin letters only: \u0439 and \u0457 are letters of their own."""

_WORDS: dict[str, str] = {
    "text": (
        "text sentence review content body tweet comment message description question title"
        " kommentar bewertung nachricht satz rezension texte commentaire avis phrase message"
        " texto comentario resena opinion mensaje testo commento recensione messaggio tekst"
        " komentarz recenzja opinia zin bericht beoordeling текст коментар відгук речення"
        " повідомлення комментарий отзыв предложение сообщение metin yorum 文本 评论 テキスト"
        " レビュー 텍스트"
    ),
    "label": (
        "label class target category diagnosis sentiment dx klasse kategorie diagnose stimmung"
        " etikett bezeichnung etiquette classe categorie diagnostic clase categoria etiqueta"
        " diagnostico etichetta klasa etykieta kategoria rozpoznanie клас мітка категорія діагноз"
        " настрій тональність класс метка категория диагноз тональность etiket 标签 类别 ラベル"
        " 라벨 word wort mot palabra слово"
    ),
    "file": (
        "file filename path image img photo audio wav recording clip datei dateiname pfad"
        " bild aufnahme fichier chemin image enregistrement archivo ruta imagen grabacion audio"
        " immagine percorso registrazione plik sciezka obraz nagranie bestand afbeelding opname"
        " файл шлях зображення запис путь изображение запись dosya 文件 图像 ファイル 画像 파일"
    ),
    "speaker": (
        "speaker talker client person user voice sprecher sprecherin person locuteur locutrice"
        " personne hablante locutor persona parlante mowca spreker мовець диктор людина говорящий"
        " человек spk"
    ),
    "time": (
        "date time timestamp datetime ds stamp datum zeit zeitpunkt zeitstempel uhrzeit monat"
        " quartal woche heure horodatage temps jour mois trimestre semaine fecha hora tiempo"
        " instante mes semana data ora tempo mese giorno momento godzina czas miesiac tijd"
        " tijdstip maand week month quarter дата час мітка часу місяць тиждень квартал время"
        " месяц неделя tarih zaman 日期 时间 日時 日付 날짜 시간"
    ),
    "value": (
        "value y target load sales demand wert menge absatz umsatz last verbrauch valeur ventes"
        " quantite consommation valor ventas cantidad consumo valore vendite wartosc sprzedaz"
        " waarde verkoop значення кількість продажі споживання значение количество продажи"
    ),
}


def is_called(name: str, kind: str) -> bool:
    """Whether a column's name holds a word for a kind of column.

    Args:
        name: Of the column, in any language.
        kind: "text", "label", "file" (or "image"), "speaker" (or "entity"), "time" or "value";
            nothing is called another kind.
    """
    words = _WORDS.get({"image": "file", "entity": "speaker"}.get(kind, kind), "").split()
    parts = _parts(name)
    return any(word in parts or _is_within(word, parts) for word in words)


def _is_within(word: str, parts: Sequence[str]) -> bool:
    return len(word) >= _LONG_WORD and any(word in part for part in parts)


def _parts(name: str) -> list[str]:
    """The words of a name in lower case, without accents: `File_Name`, `fileName` -> file, name."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    plain = _ACCENTED.sub(r"\1", unicodedata.normalize("NFKD", spaced.casefold()))
    return re.findall(r"[^\W\d_]+", unicodedata.normalize("NFC", plain))
