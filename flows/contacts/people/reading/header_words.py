"""Words of headers that say whether a column holds the telephone numbers of people, in the languages of many lists."""

from __future__ import annotations

import re

from flows.contacts.people.reading.words import without_accents


def words_of(text: str) -> list[str]:
    """The words of a header, case and accents apart: `PhoneNumber_2 (home)` has four."""
    split = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[^\W\d_])(?=\d)", " ", text)
    return re.findall(r"[^\W_]+", without_accents(split))


def vocabulary(text: str) -> frozenset[str]:
    """The entries of a list with semicolons, each in one piece."""
    return frozenset("".join(words_of(entry)) for entry in text.split(";"))


def has_word(text: str, known: frozenset[str]) -> bool:
    """Whether a header has one of the words; in a script that is written without blanks, anywhere in it."""
    words = words_of(text)
    whole = "".join(words)
    return whole in known or not known.isdisjoint(words) or any(word in whole for word in known if not word.isascii())


# It holds telephone numbers.
TELLING = vocabulary("""
    phone; phones; telephone; mobile; cell; cellphone; tel; telno; msisdn; whatsapp; viber; sip;
    handphone; hp; handy; gsm; téléphone; portable; teléfono; telefone; celular; móvil; telemóvel; fono;
    telefon; telefoon; mobiel; mobil; mobiltelefon; telefonnummer; rufnummer; telefonnr; cellulare;
    komórka; telepon; nomor telepon; no hp; điện thoại; số điện thoại; sđt; simu; namba ya simu;
    телефон; мобильный; моб; τηλέφωνο; κινητό; טלפון; נייד; هاتف; الهاتف; جوال; موبايل; تلفن; موبایل;
    फोन; मोबाइल; ফোন; মোবাইল; โทรศัพท์; มือถือ; เบอร์; ទូរស័ព្ទ; ទូរសព្ទ; ໂທລະສັບ; ဖုန်း; ስልክ; 电话; 電話;
    手机; 手機; 携帯; 전화; 휴대폰
""")

# It may.
VAGUE = vocabulary("""
    number; numbers; contact; contacts; address; numéro; número; nummer; nomor; numer; contacto;
    contato; kontakt; kontak; namba; номер; контакт; رقم; نمبر; नंबर; নম্বর; เลขหมาย; លេខ; 号码; 番号; 번호
""")

# It holds ids, codes, amounts, dates, whatever else the header says.
NEVER = vocabulary("""
    id; ids; uid; uuid; guid; code; codes; mrn; nid; ssn; nino; cnic; aadhaar; cpf; cnpj; rut; dni;
    curp; passport; licence; license; account; iban; card; voucher; serial; imei; iccid; barcode; batch;
    lot; ref; reference; invoice; receipt; index; rank; version; amount; price; cost; total; sum;
    balance; salary; income; fee; paid; debt; quantity; qty; count; age; year; years; month; date; time;
    dob; birthday; zip; zipcode; postcode; postal; lat; latitude; lon; lng; longitude; gps; altitude;
    weight; height; score; percent; rate; fax; dose; código; identificación; cédula; documento;
    pasaporte; edad; fecha; monto; importe; precio; valor; saldo; matrícula; identifiant; matricule;
    âge; montant; prix; solde; identidade; idade; montante; preço; kode; nik; ktp; umur; tanggal; harga;
    jumlah; cmnd; cccd; tuổi; nambari ya kitambulisho; kitambulisho; umri; tarehe; код; идентификатор;
    паспорт; возраст; дата; сумма; цена; инн; снилс; العمر; تاريخ; المبلغ; លេខសម្គាល់; อายุ; วันที่;
    អាយុ; កាលបរិច្ឆេទ; លេខកូដ; 编号; 身份证; 年龄; 日期; 金额; 年齢
""")

# It holds the numbers of such things, unless the header says that they are for the telephone.
BESIDE = vocabulary("""
    case; file; record; household; house; order; ticket; registration; reg; row; birth; born; size; day;
    dossier; lote; expediente; pan; patient; client; member; student; employee; staff; customer;
    national; tax; bank; room; bed; plot; ward; district; block
""")

# It holds somebody else's number, or another one of the same person.
SECONDARY = vocabulary("""
    2; 3; second; secondary; secondaire; secundario; segundo; other; otro; autre; alt; alternative;
    alternate; backup; emergency; home; landline; fixe; fijo; work; office; oficina; bureau; spouse;
    husband; wife; mother; father; parent; guardian; caregiver; kin; next; relative; neighbour;
    neighbor; friend; doctor; nurse; school; employer; old; former; previous; model; type; owner
""")
