"""Who appears in the demonstration: the people of the bank and its customers."""

from typing import NamedTuple


class Member(NamedTuple):
    """One of the bank's people: what they are, where, and how they sign in."""

    login: str
    first_name: str
    last_name: str
    role: str
    branch: str
    projects: tuple[str, ...]


class Customer(NamedTuple):
    """A customer: where they live, which project serves them, at which branch and desk."""

    first_name: str
    surname: str
    gender: str
    country: str
    city: str
    project: str
    branch: str
    desk: str


RETAIL, DIASPORA = "Retail Banking", "Diaspora and Business"
BOTH = (RETAIL, DIASPORA)
NAIROBI, MOMBASA, KAMPALA = "Nairobi HQ", "Mombasa", "Kampala"
DESKS = (
    (RETAIL, "Nairobi Counter"),
    (RETAIL, "Coast Counter"),
    (DIASPORA, "Diaspora Desk"),
    (DIASPORA, "Business Desk"),
)
DOMAIN = "savanna.example"
ADMINISTRATOR = Member(
    "admin", "Grace", "Wambui", "Tenant Administrator", NAIROBI, BOTH
)  # fmt: skip
PLATFORM = Member("platform", "Nadia", "Kamau", "Platform administrator", "", ())
STAFF = (
    Member("manager", "Daniel", "Kiprono", "Branch Manager", NAIROBI, BOTH),
    Member("teller", "Tessa", "Otieno", "Teller", NAIROBI, BOTH),
    Member("teller2", "Hassan", "Mwinyi", "Teller", MOMBASA, BOTH),
    Member("agent", "Fatuma", "Bakari", "Teller", MOMBASA, BOTH),
    Member("approver1", "Lucy", "Njoroge", "Approver L1", NAIROBI, BOTH),
    Member("approver2", "Peter", "Okello", "Approver L2", KAMPALA, BOTH),
    Member("approver3", "Ruth", "Chebet", "Approver L3", NAIROBI, BOTH),
    Member("auditor", "Samuel", "Mutua", "Auditor", NAIROBI, BOTH),
)
# The first customers who also sign in themselves, to the clients' own pages.
CLIENT_LOGINS = 3

_KENYAN = (
    "Amina Wanjiru F, John Kamau M, Faith Achieng F, Brian Kipchoge M, Mercy Njeri F, "
    "Kevin Odhiambo M, Joyce Muthoni F, Dennis Mutiso M, Esther Chepkemoi F, Victor Ouma M, "
    "Caroline Wairimu F, Stephen Kariuki M, Beatrice Atieno F, George Maina M, Lilian Kerubo F, "
    "Patrick Barasa M, Naomi Wangari F, Collins Wekesa M, Agnes Nduku F, Joseph Rotich M, "
    "Sharon Jepkosgei F, Charles Gitau M, Irene Mumbua F, Evans Nyongesa M"
)
_COASTAL = (
    "Zainab Salim F, Ali Bakari M, Mwanaisha Juma F, Omar Said M, Rehema Hamisi F, "
    "Athman Shee M, Fatuma Abdalla F, Karisa Charo M, Dama Kahindi F, Swaleh Nassir M"
)
_UGANDAN = (
    "Sarah Namukasa F, Moses Ssemakula M, Juliet Nakato F, Robert Mugisha M, Grace Apio F, "
    "Denis Okot M, Prossy Nabirye F, Isaac Tumusiime M, Harriet Akello F, Fred Byaruhanga M"
)
_ABROAD = (
    "Yuki Tanaka F JP Osaka, Kenji Sato M JP Tokyo, Noura Alsabah F KW Kuwait City, "
    "Khaled Almutairi M KW Salmiya, Lena Hoffmann F DE Hamburg, Pierre Laurent M FR Lyon, "
    "Emily Carter F US Boston, David Okonkwo M US Houston, Priya Nair F IN Kochi, "
    "Thomas Berg M SE Malmö, Chiara Rossi F IT Turin, Wei Zhang M SG Singapore, "
    "Ahmed Farah M AE Dubai, Sofia Almeida F PT Porto, Liam Murphy M IE Cork, "
    "Hannah Cohen F GB Leeds"
)


def customers() -> list[Customer]:
    """Return the sixty customers, in the order in which they joined."""
    nairobi = ("KE", "Nairobi", RETAIL, NAIROBI, DESKS[0][1])
    coast = ("KE", "Mombasa", RETAIL, MOMBASA, DESKS[1][1])
    uganda = ("UG", "Kampala", DIASPORA, KAMPALA, DESKS[3][1])
    return [
        *(Customer(*text.split(), *nairobi) for text in _each(_KENYAN)),
        *(Customer(*text.split(), *coast) for text in _each(_COASTAL)),
        *(Customer(*text.split(), *uganda) for text in _each(_UGANDAN)),
        *map(_from_abroad, _each(_ABROAD)),
    ]


def _each(text: str) -> list[str]:
    return text.split(", ")


def _from_abroad(text: str) -> Customer:
    first_name, surname, gender, country, city = text.split(maxsplit=4)
    return Customer(first_name, surname, gender, country, city, DIASPORA, NAIROBI, DESKS[2][1])
