"""What a column's name says about the field it could be: English, Chinese, German, French, Spanish, Japanese."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

from assets.proposals.names_abroad import FURTHER_NAMES

_ORDER_ID = (
    "order id, order no, order nr, order number, order ref, order name, sales order, sales order no, invoice, "
    "invoice no, invoice id, invoice number, transaction id, transaction no, receipt id, receipt no, receipt number, "
    "document no, document number, sales document, bill no, basket id, bestellnummer, bestellnr, bestell nr, "
    "auftragsnummer, auftragsnr, verkaufsbeleg, "
    "merchant reference, voucher no, voucher number, rechnungsnummer, rechnungsnr, rechnung nr, belegnummer, "
    "belegnr, beleg nr, "
    "numero commande, numero de commande, no commande, numero facture, numero pedido, numero de pedido, num pedido, "
    "numero factura, 注文番号, 受注番号, 伝票番号, "
    "订单号, 订单编号, 订单id, 单号, 单据编号, 销售单号, 发票号, 交易号, 流水号, 小票号",
    "order, transaction, sale id, ticket, receipt, "
    "bestellung, auftrag, rechnung, beleg, commande, facture, pedido, factura, id",
)
_CUSTOMER_ID = (
    "customer id, customer no, customer nr, customer number, customer code, customer key, customer account, "
    "customer ref, customer reference, cust id, cust no, account code, account ref, client id, "
    "client no, account id, account no, account number, member id, member no, loyalty card, loyalty id, user id, "
    "buyer id, shopper id, party id, sold to, sold to party, loyalty no, loyalty number, loyalty card no, "
    "buyer user id, buyer username, membership no, membership number, membership id, club card, clubcard, "
    "requester id, requester, "
    "kundennummer, kundennr, kunden nr, kunden id, kd nr, kd nummer, debitor, debitor nr, debitorennr, debitoren nr, "
    "debitorennummer, auftraggeber, warenempfanger, 顧客番号, 顧客id, 顧客コード, 会員番号, 得意先コード, "
    "numero client, numero de client, no client, "
    "code client, id client, id cliente, codigo cliente, numero cliente, numero de cliente, 客户编号, 客户id, "
    "客户代码, 客户编码, 客户号, 会员号, 会员id, 会员编号, 会员卡号, 用户id, 买家id, 下单账号, 下单帐号, 顾客编号, "
    "买家会员名, 买家帐号, 买家账号",
    "customer, client, account, member, buyer, user, kunde, cliente, customer name, account name, 客户, 客户名称, "
    "会员, 买家, 买家昵称, 顾客, 用户, card no, card number, card id",
)
_REGION = (
    "region, country, state, province, territory, shipping country, billing country, ship country, land, lieferland, "
    "bundesland, pays, pais, provincia, comunidad, 地区, 区域, 省份, 国家, 省",
    "city, store, ort, stadt, ville, ciudad, 城市, 门店",
)
_CHANNEL = (
    "channel, sales channel, order source, source name, platform, collector, vertriebskanal, verkaufskanal, kanal, "
    "canal, canal de vente, canal de venta, 渠道, 销售渠道, 下单渠道, 平台",
    "source, device, origin, medium, method, 来源",
)
_UPDATED_AT = (
    "updated at, update time, last updated, modified at, last modified, date modified, date updated, changed at, "
    "geandert am, letzte anderung, modifie le, date modification, fecha modificacion, 更新时间, 修改时间, "
    "最后修改时间, 最后更新时间",
    "updated, modified",
)

_AT_HOME: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "transactions": {
        "order_id": _ORDER_ID,
        "line_id": (
            "line id, line no, line nr, line number, line item id, order line, order line id, order item id, "
            "position, pos, posnr, positionsnummer, numero ligne, numero linea, 行号, 明细号, 分录号",
            "line, row id, ligne, linea",
        ),
        "ordered_at": (
            "order date, ordered at, order time, order datetime, order purchase timestamp, invoice date, "
            "transaction date, transaction time, purchase date, purchased at, sale date, sales date, created at, "
            "date created, posting date, document date, bestelldatum, auftragsdatum, rechnungsdatum, belegdatum, "
            "kaufdatum, date commande, date de commande, date facture, date de facture, date achat, fecha pedido, "
            "fecha de pedido, fecha compra, fecha de compra, fecha factura, 注文日時, 注文日, 受注日, 購入日, "
            "売上日, 販売日, 取引日, "
            "下单时间, 下单日期, 订单时间, 订单日期, 订单创建时间, 订单生成时间, "
            "交易时间, 交易日期, 销售日期, 购买时间, 单据日期",
            "date, datetime, timestamp, time, day, created, datum, zeitpunkt, jour, fecha, 日時, 付款时间, "
            "创建时间, 日期, 时间",
        ),
        "customer_id": _CUSTOMER_ID,
        "product_id": (
            "product id, product code, product no, product number, stock code, sku, lineitem sku, item id, item code, "
            "item number, item no, article no, article number, article id, material, material no, material number, "
            "asin, ean, barcode, upc, artikelnummer, artikelnr, artikel nr, reference article, ref article, "
            "code article, code produit, reference produit, codigo producto, id producto, codigo articulo, "
            "商品コード, 商品番号, "
            "商品编号, 商品id, 商品编码, 产品编号, 产品编码, 产品id, 货号, 物料编码, 条码, 存货编码",
            "product, item, article, artikel, produit, producto, reference, referencia, 商品, 产品, 货品",
        ),
        "product_name": (
            "product name, product title, product description, item name, item description, article name, "
            "material description, lineitem name, description, artikelbezeichnung, artikelname, bezeichnung, "
            "produktname, designation, libelle, nom produit, nom du produit, descripcion, nombre producto, "
            "商品名, 商品名称, 产品名称, 品名, 商品标题, 宝贝标题, 宝贝名称, 物料名称, 货品名称",
            "product, item, title, article, artikel, produit, producto, name, 商品, 产品, 名称",
        ),
        "category": (
            "category, product category, product type, product group, product line, department, warengruppe, "
            "kategorie, artikelgruppe, categorie, famille, rayon, categoria, familia, 类别, 品类, 分类, 类目, "
            "商品类别, 产品类别, 商品分类",
            "group, type, class",
        ),
        "quantity": (
            "quantity, qty, quantity ordered, order quantity, item quantity, lineitem quantity, units, units sold, "
            "pieces, menge, auftragsmenge, bestellmenge, liefermenge, "
            "anzahl, stuckzahl, stuck, quantite, qte, cantidad, unidades, 数量, 個数, 件数, "
            "购买数量, 销售数量, 订购数量",
            "count, number of items",
        ),
        "unit_price": (
            "unit price, price, price each, price per unit, item price, sale price, selling price, lineitem price, "
            "einzelpreis, stuckpreis, preis, prix unitaire, prix, precio unitario, precio, "
            "単価, 单价, 价格, 销售单价, 售价, 京东价, "
            "成交价",
            "rate, tarif, item cost",
        ),
        "amount": (
            "amount, line total, line amount, total, total price, total amount, order total, order amount, "
            "grand total, net amount, net value, net total, subtotal, sales, sales amount, revenue, extended price, "
            "net sales, sold for, subtotal price, "
            "item total, turnover, total paid, total incl vat, total incl tax, total ex vat, total excl vat, "
            "betrag, brutto, bruttobetrag, nettowert, gesamtbetrag, gesamtpreis, summe, umsatz, nettobetrag, "
            "gesamt, warenwert, montant, montant total, total ttc, total ht, importe, importe total, monto, "
            "小計, 金額, 合計, 合計金額, 金额, "
            "总价, 总额, 总金额, 订单金额, 买家应付货款, 商品金额合计, 商品总价, "
            "实付金额, 销售额, 销售金额, 应付金额, 小计, 价税合计",
            "value, sum, payment, spend, paid, gross, gross amount, gross sales, wert, ventes, valor, brut, bruto",
        ),
        "discount": (
            "discount, discount amount, line discount, line discount amount, "
            "lineitem discount, promotion discount, rebate, rabatt, "
            "rabattbetrag, nachlass, remise, reduction, descuento, 折扣, 优惠, 优惠金额, 折扣金额, 折扣额",
            "promotion, coupon",
        ),
        "refunded": (
            "refunded, amount refunded, refunds total, total refunds, "
            "refunded amount, total refunded, refunded total, refund amount, refund total, "
            "erstattet, erstattungsbetrag, erstatteter betrag, montant rembourse, total rembourse, "
            "importe reembolsado, total reembolsado, 退款金额, 已退款金额, 退款总额, 返金額",
            "",
        ),
        "currency": (
            "currency, currency code, order currency, wahrung, devise, moneda, divisa, 币种, 货币, 币别",
            "ccy",
        ),
        "channel": _CHANNEL,
        "region": _REGION,
        "status": (
            "status, order status, order state, financial status, payment status, bestellstatus, auftragsstatus, "
            "statut, estado, ステータス, 注文状況, 状态, 订单状态, 交易状态",
            "etat",
        ),
        "refund_of": (
            "refund of, original order, original order id, original order no, original invoice, return of, "
            "refunded order, parent order, 原订单号, 原单号",
            "",
        ),
        "refunded_at": (
            "refunded at, refund date, refunded date, refunded date utc, date refunded, refunded on, refund time, "
            "erstattet am, erstattungsdatum, date de remboursement, date remboursement, fecha de reembolso, "
            "fecha reembolso, 退款时间, 退款日期, 返金日",
            "",
        ),
        "updated_at": _UPDATED_AT,
    },
    "surveys": {
        "response_id": (
            "response id, respondent id, resp id, respnum, respondent, submission id, survey response id, answer id, "
            "record id, review id, feedback id, "
            "feedback submission id, antwort id, "
            "teilnehmer id, id reponse, id respuesta, 答卷编号, 答卷id, 提交编号, 问卷编号, "
            "样本编号",
            "id, nr, token, submission, repondant, encuestado, 序号, 编号",
        ),
        "responded_at": (
            "responded at, responded, response date, submitted, completed, ended, answered, rated, "
            "completion time, review date, review created, "
            "review submit date, rated at, rating date, response received, 回答日時, "
            "response time, submitted at, submission date, submit date, date submitted, "
            "survey date, interview date, int date, intdate, completed at, completion date, recorded date, "
            "answered at, end date, zeitstempel, horodateur, marca temporal, タイムスタンプ, carimbo de data hora, "
            "informazioni cronologiche, 时间戳记, 時間戳記, antwortdatum, date reponse, date de reponse, "
            "fecha respuesta, fecha de respuesta, "
            "提交时间, 提交答卷时间, 答题时间, 填写时间, 调查日期",
            "date, datetime, timestamp, time, day, created at, start date, datum, fecha, 日期, 时间",
        ),
        "customer_id": _CUSTOMER_ID,
        "order_id": (_ORDER_ID[0], "order, transaction, ticket, receipt, bestellung, auftrag, commande, pedido"),
        "question": (
            "question, question id, question code, question text, question key, frage, pregunta, 问题, 题目, 题号",
            "metric, item",
        ),
        "score": (
            "score, rating, answer, answer value, response value, points, grade, stars, bewertung, antwort, note, "
            "reponse, puntuacion, respuesta, 分数, 评分, 得分, 打分, 答案",
            "response, value, wert, valor",
        ),
        "channel": _CHANNEL,
        "region": _REGION,
        "comment": (
            "comment, comments, feedback, verbatim, remarks, free text, suggestion, kommentar, anmerkung, "
            "commentaire, comentario, 评论, 评价, 意见, 建议, 备注, 反馈",
            "reason, text",
        ),
        "updated_at": _UPDATED_AT,
    },
    "customers": {
        "customer_id": (_CUSTOMER_ID[0], f"{_CUSTOMER_ID[1]}, id, contact id, 编号"),
        "birth_date": (
            "birth date, date of birth, birthday, dob, geburtsdatum, geburtstag, date de naissance, date naissance, "
            "fecha de nacimiento, fecha nacimiento, 生日, 出生日期, 出生年月",
            "born, birth",
        ),
        "age": ("age, alter, edad, 年龄", ""),
        "gender": ("gender, sex, geschlecht, sexe, genre, sexo, genero, 性别", "salutation, anrede"),
        "region": _REGION,
        "occupation": ("occupation, job, job title, profession, beruf, metier, profesion, ocupacion, 职业, 职位", ""),
        "customer_type": (
            "customer type, customer group, customer segment, account type, client type, kundentyp, kundengruppe, "
            "type client, type de client, tipo cliente, tipo de cliente, 客户类型, 客户级别, 客户分类, 会员等级",
            "type, segment, tier, group",
        ),
        "acquired_at": (
            "acquired at, registered at, registration date, signup date, sign up date, signed up at, created at, "
            "date created, customer since, member since, join date, joined at, registrierungsdatum, kunde seit, "
            "angelegt am, erstellt am, date inscription, date d inscription, date creation, date de creation, "
            "fecha registro, fecha de registro, fecha alta, fecha de alta, 注册时间, 注册日期, 创建时间, 入会时间, "
            "建档日期",
            "created, joined, registered, first seen, since, date, datum, fecha, 日期",
        ),
        "acquisition_channel": (
            "acquisition channel, acquisition source, lead source, utm source, registration channel, herkunft, "
            "获客渠道, 注册渠道, 客户来源, 线索来源",
            "source, channel, referrer, kanal, canal, origen, 来源, 渠道",
        ),
        "email": (
            "email, e mail, email address, e mail address, mail, e mail adresse, courriel, adresse mail, correo, "
            "correo electronico, 邮箱, 电子邮箱, 电子邮件, 邮件",
            "",
        ),
        "phone": (
            "phone, phone number, telephone, mobile, mobile phone, mobile number, cell, cell phone, tel, telefon, "
            "telefonnummer, handy, mobil, portable, telefono, movil, 电话, 手机, 手机号, 手机号码, 联系电话",
            "联系方式",
        ),
        "consent": (
            "consent, marketing consent, opt in, optin, accepts marketing, accepts email marketing, newsletter, "
            "subscribed, gdpr consent, einwilligung, consentement, consentimiento, 营销许可, 同意营销, "
            "接受营销, 是否同意",
            "gdpr, subscription",
        ),
        "updated_at": _UPDATED_AT,
    },
}
SYNONYMS: Final[dict[str, dict[str, tuple[str, str]]]] = {
    kind: {
        field: (", ".join(filter(None, (strong, FURTHER_NAMES[kind].get(field)))), weak)
        for field, (strong, weak) in fields.items()
    }
    for kind, fields in _AT_HOME.items()
}
"""By kind and field: the names that say it, and those that may say it. Accents and case do not matter."""

KIND_WORDS: Final[dict[str, str]] = {
    "transactions": "order, orders, sales, sale, invoice, invoices, transaction, transactions, receipts, purchases, "
    "lines, retail, bestellungen, auftraege, umsatz, rechnungen, commandes, ventes, pedidos, ventas, refunds, "
    "returns, gutschriften, retouren, 订单, 销售, 交易, 退款",
    "surveys": "survey, surveys, responses, feedback, nps, csat, ces, satisfaction, review, reviews, rating, "
    "ratings, umfrage, zufriedenheit, enquete, "
    "sondage, encuesta, 问卷, 调查, 满意度, 评价",
    "customers": "customer, customers, client, clients, contacts, accounts, members, users, kunden, clientes, "
    "客户, 会员, 顾客, 用户",
}

_TELLING: Final = (
    "name, date, time, email, mail, phone, type, status, country, city, address, street, zip, postcode, shipping, "
    "ship, shipped, due, paid, fulfilled, cancelled, delivered, delivery, estimated, approved, price, amount, total, "
    "qty, quantity, cost, fee, currency, group, note, url, image, parent, first, last, rate, percent, pct, unit, "
    "line, item, product, order, invoice, "
    "ticket, review, conversation, company, details, redeemed, "
    "tax, birth, naissance, nacimiento, rating, score, level, tier, "
    "名称, 日期, 时间, 金额, 状态, 类型, 地址, 电话, 税, 种类数, 种类, 总数量, 总价, 优惠折扣"
)  # words that make a name mean something else than the phrase they stand beside
PEOPLE: Final = frozenset({
    "bill", "billing", "buyer", "customer", "client", "contact", "recipient", "ship", "shipping", "account", "user",
    "member", "kunde", "kunden", "first", "last", "given", "family", "full", "nick",
})  # fmt: skip
"""Words in the name of what is called a name, and is a person's."""
_PLACES_OF_SALE: Final = frozenset({"channel", "device", "store", "register", "till", "terminal", "location", "shop"})
"""Words in the name of what is called a name, and is where something was sold."""
_OF_NO_PRODUCT: Final = frozenset({"payment", "customer", "shipping", "delivery", "event", "line", "transaction"})
"""Words beside a mere type or method that is neither a product's nor a way to the shop."""
_NO_SALE: Final = frozenset({
    "discount", "discounts", "rabatt", "remise", "descuento", "coupon", "voucher", "shipping", "freight", "versand",
    "fee", "fees", "vote", "votes", "refund", "refunded", "refunds", "tip", "tips", "gratuity", "exchange",
})  # fmt: skip
"""Words in the name of money that is not what a row was sold for."""
_VOICED: Final = "\u3099\u309a"  # the marks that tell one kana from another, and are no accents
_STRONG, _WEAK = 0.98, 0.7  # of a name that is the field's own
_WITH_TAX = 0.95  # of the points of money without tax
_PART = 0.55  # of a phrase's points, where a name holds it beside other words


@cache
def words_of(name: str) -> tuple[str, ...]:
    """A name's words: without accents and case, split at signs, digits kept, camel case taken apart.

    >>> words_of("InvoiceNo"), words_of("E-Mail (privé)"), words_of("订单号"), words_of("タイムスタンプ")
    (('invoice', 'no'), ('e', 'mail', 'prive'), ('订单号',), ('タイムスタンプ',))
    """
    apart = unicodedata.normalize("NFKD", name)
    plain = "".join(sign for sign in apart if sign in _VOICED or not unicodedata.combining(sign))
    plain = unicodedata.normalize("NFC", plain)
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", plain)
    return tuple(re.findall(r"[^\W_]+", parted.casefold()))


@cache
def _phrases(text: str) -> tuple[tuple[str, ...], ...]:
    return tuple(words_of(phrase) for phrase in text.split(", ") if phrase)


def likeness(name: str, phrases: str) -> float:
    """How well a name fits the best of the phrases: 1 where it is one, less where it holds one among other words.

    >>> likeness("CustomerID", "customer id"), likeness("Ship Date", "date") < likeness("Date of sale", "date")
    (1.0, True)
    """
    words = words_of(name)
    return max((_fit(words, phrase) for phrase in _phrases(phrases)), default=0.0)


def _fit(words: tuple[str, ...], phrase: tuple[str, ...]) -> float:
    if "".join(words) == "".join(phrase):
        return 1.0
    if len(phrase) == 1 and not phrase[0].isascii():
        if len(phrase[0]) < 2 or not any(phrase[0] in word for word in words):
            return 0.0
        rest = tuple("".join(words).split(phrase[0]))
    else:
        starts = [at for at in range(len(words)) if words[at : at + len(phrase)] == phrase]
        if not starts:
            return 0.0
        rest = words[: starts[0]] + words[starts[0] + len(phrase) :]
    length = sum(map(len, phrase))
    share = length / (length + sum(map(len, rest)))
    points = _PART + (1 - _PART) * share * 0.8
    return points * 0.3 if {(word,) for word in rest}.intersection(_phrases(_TELLING)) else points


def without_tax_words(name: str) -> tuple[str, bool]:
    """The name of money without whether tax is in it, and whether it is.

    >>> without_tax_words("Subtotal (ex tax)"), without_tax_words("Order Total incl. VAT"), without_tax_words("Tax")
    (('Subtotal', False), ('Order Total', True), ('Tax', False))
    """
    name = re.sub(r"(?i)\buntaxed\b[ _]*", "", name) or name
    rest, n = re.subn(r"(?i)[ _]*[(]?\b(incl?|including|ex|excl?|excluding)[. _]*(tax|vat|gst)\b[)]?", "", name)
    return (rest, bool(re.search(r"(?i)\bincl?(uding)?\b", name))) if n and rest else (name, False)


def name_points(kind: str, field: str, name: str) -> float:
    """Points between 0 and 1 for a column of that name being the field.

    >>> name_points("transactions", "order_id", "Order ID"), name_points("customers", "email", "Age")
    (1.0, 0.0)
    >>> name_points("transactions", "amount", "Cart Discount Amount"), name_points("transactions", "amount", "Amount")
    (0.0, 1.0)
    >>> name_points("transactions", "order_id", "Order #"), name_points("transactions", "product_name", "Buyer Name")
    (0.98, 0.0)
    """
    strong, weak = SYNONYMS[kind][field]
    name = re.sub(" ?#$", " nr", name.strip())
    if field in ("amount", "unit_price"):
        name, with_tax = without_tax_words(name)
        if with_tax:  # merchandise alone is what a row is worth
            return _WITH_TAX * name_points(kind, field, name)
    if field == "product_name" and (PEOPLE | _PLACES_OF_SALE).intersection(words_of(name)):
        return 0.0
    if field in ("amount", "unit_price") and _NO_SALE.intersection(words_of(name)):
        return 0.0
    if field == "product_name" and re.search("店铺|门店|店舗", name):
        return 0.0
    own = 1.0 if words_of(name) == words_of(field) else 0.0
    surely = max(own, _STRONG * likeness(name, strong))
    if field in ("category", "channel") and _OF_NO_PRODUCT.intersection(words_of(name)):
        return surely
    return max(surely, _WEAK * likeness(name, weak))
