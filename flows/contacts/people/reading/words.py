"""Words that stand where a number should: those that say that there is none, and those that say what a number is for.

All are compared folded: letters and digits only, case and accents apart (`folded`), so that "N/A", "n.a." and "NA" are
one word. Languages are those of the places where people keep contact lists that were seen, and of their neighbours.
"""

from __future__ import annotations

import re
import unicodedata

# What a program or a person writes into a cell that has no address.
_NOTHING = """
    n; n/a; na; #n/a; nan; nat; nil; nill; null; nul; none; no; not; non; nope; nothing; empty; blank; void;
    undefined; missing; unknown; unk; unkn; unavailable; not available; not applicable; not known; not given;
    not provided; not stated; not recorded; not specified; unspecified; no answer; no data; no value; no entry;
    no phone; no phones; no phone number; no number; no tel; no telephone; no mobile; no mobile number; no cell;
    no cellphone; no contact; no contact number; no contacts; without phone; without number; none given;
    none provided; has none; has no phone; does not have; doesn't have; dont have; don't know; dont know; dk;
    refused; declined; withheld; private; tbd; tba; tbc; to be confirmed; to be determined; pending; false;
    deleted; removed; nd; n/d; nr; n/r; ns; ns/nr; ns/nc; nc; ninguno; ninguna; ningun; nada; vacio; nulo;
    falta; desconocido; desconocida; sin telefono; sin numero; sin celular; sin contacto; sin dato; sin datos;
    sin informacion; s/n; s/t; s/d; s/i; no tiene; no tiene telefono; no sabe; no disponible; no aplica; no hay;
    aucun; aucune; neant; inconnu; inconnue; vide; sans; sans telephone; sans numero; sans contact;
    pas de telephone; pas de numero; pas de contact; pas de tel; non disponible; non renseigne; non communique;
    non connu; nsp; rien; nenhum; nenhuma; nao; nao tem; nao possui; sem telefone; sem numero; sem contato;
    desconhecido; vazio; nao informado; kein; keine; keins; keines; nichts; leer; unbekannt; kein telefon;
    keine nummer; keine angabe; k/a; entfallt; nicht vorhanden; nicht bekannt; fehlt; nessuno; nessuna;
    sconosciuto; niente; senza telefono; geen; onbekend; geen telefoon; leeg; ingen; intet; okant; ukjent;
    ukendt; saknas; mangler; ei; ei ole; ei tiedossa; puuttuu; brak; nie ma; nieznany; neni; neznamy; neznamo;
    nincs; ismeretlen; nema; nepoznato; nepoznat; nu; nu are; necunoscut; lipsa; yok; bilinmiyor; telefon yok;
    bos; tidak ada; tidak ada telepon; tidak diketahui; kosong; belum ada; tiada; tak ada; khong; khong co;
    khong ro; chua co; wala; walang numero; hindi alam; hakuna; hakuna simu; hana; hana simu; haipo;
    haijulikani; ntayo; ntago; babu; ba shi; нет; нету; нет телефона; неизвестно; неизвестен; отсутствует;
    не указан; не указано; нема; немає; невідомо; н/д; няма; жок; йўқ; yoʻq; yoxdur; δεν εχει; δεν υπαρχει;
    αγνωστο; κανενα; אין; אין טלפון; לא ידוע; لا; لا يوجد; لايوجد; غير معروف; غير متوفر; بدون; ندارد; نداره;
    نامعلوم; نہیں; نہیں ہے; नहीं; नहीं है; कोई नहीं; अज्ञात; उपलब्ध नहीं; छैन; नाही; নেই; নাই; অজানা; இல்லை;
    లేదు; ಇಲ್ಲ; ഇല്ല; නැත; គ្មាន; អត់មាន; អត់; មិនមាន; មិនដឹង; មិនស្គាល់; ไม่มี; ไม่ทราบ; ไม่มีเบอร์; ບໍ່ມີ;
    မရှိ; မရှိပါ; መረጃ የለም; የለም;
    无; 無; 没有; 沒有; 无电话; 未知; 不详; 不詳; 暂无; 空; 不明; なし; 無し; ない; 없음; 모름; 미상
"""
_DIGIT = re.compile(r"[1-9]")
_REPEATED = re.compile(r"0+|x+|z+")  # 0, 000, x, xxx

# What stands in front of a number and says that it is one.
_LABELS = """
    tel; teleph; telephone; telephone number; telephone no; phone; phone number; phone no; ph; phn; mobile;
    mobile number; mobile no; mobile phone; mob; mobil; cell; cellphone; cell phone; cellular; contact;
    contact number; contact no; call; hp; handphone; handy; hotline; landline; home; work; office; main; number;
    whatsapp; whats app; wa; wapp; viber; telegram; signal; imo; line; sms; msisdn; callto; telefon; telefono;
    telefone; telefoon; telefoni; telefonu; telepon; teléfono; téléphone; portable; fixe; gsm; movil; móvil;
    celular; cel; tlf; tfno; tfn; fono; fone; telemovel; telemóvel; cellulare; mobiel; mobilni; mobilne;
    komorka; komórka; nomor; no hp; nomor hp; nomor telepon; simu; namba; namba ya simu; numero; número; numéro;
    numero de telephone; numero de telefono; numero de telefone; so dien thoai; dien thoai; sdt; đt; тел;
    телефон; моб; мобильный; мобильный телефон; сот; τηλ; τηλεφωνο; κιν; הטלפון; טלפון; נייד; هاتف; تلفون; جوال;
    موبايل; تلفن; موبایل; फोन; मोबाइल; फ़ोन; ফোন; মোবাইল; โทร; เบอร์; มือถือ; ទូរស័ព្ទ; លេខទូរស័ព្ទ; ទូរសព្ទ;
    ဖုန်း; ስልክ; 电话; 電話; 手机; 手機; 携帯; 전화; 휴대폰; p; t; m; c; h; w
"""
_FAXES = "fax; faks; télécopie; telecopie; факс; فاكس; 传真; 傳真"

# What stands between two numbers.
_BETWEEN = """
    or; and; ou; et; y; o; e; oder; und; en; of; oppure; ili; i; lub; veya; ve; atau; dan; au; na; hoac; và;
    hoặc; или; и; או; أو; او; و; या; और; หรือ; និង; ឬ; 或; 和; или же
"""

# What stands between a number and an extension of its exchange.
_EXTENSIONS = """
    ext; extn; extension; x; xtn; poste; int; interno; interne; anexo; anx; ramal; rml; durchwahl; dw; app;
    apparat; toestel; tst; доб; добавочный; внутр; داخلی; 分机; 内線; ต่อ
"""


def without_accents(text: str) -> str:
    """The text in small letters and without accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c))


def folded(text: str) -> str:
    """The letters and digits of a text, case and accents apart."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in plain if c.isalnum())


def _words(text: str) -> frozenset[str]:
    return frozenset(folded(word) for word in text.split(";"))


NOTHING = _words(_NOTHING)
LABELS = _words(_LABELS)
FAXES = _words(_FAXES)
LONE_LETTERS = frozenset(label for label in LABELS if len(label) == 1)  # a label only with a colon or a dot behind it


def says_nothing(text: str) -> bool:
    """Whether a text means that there is no address: a word for it, or nothing but signs."""
    if _DIGIT.search(text):
        return False
    word = folded(text)
    return not word or word in NOTHING or _REPEATED.fullmatch(word) is not None


def is_silent(text: str) -> bool:
    """Whether a text has nothing that could be anybody's address, stored or not: signs and zeros only."""
    return not _DIGIT.search(text) and not folded(text).strip("0")


def _alternatives(text: str) -> str:
    """A pattern of the words; of two that begin alike the longer one is tried first."""
    words = sorted(map(str.strip, text.split(";")), key=len, reverse=True)
    return "|".join(re.escape(word).replace("\\ ", r"\s+") for word in words)


BETWEEN = _alternatives(_BETWEEN)
EXTENSIONS = _alternatives(_EXTENSIONS)
