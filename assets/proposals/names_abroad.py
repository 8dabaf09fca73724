"""Names of columns in Italian, Portuguese, Polish, Czech, Russian and Korean; beside the names of ``names.py``."""

from __future__ import annotations

from typing import Final

FURTHER_NAMES: Final[dict[str, dict[str, str]]] = {
    "transactions": {
        "order_id": (
            "de venta, numero de venta, numero ordine, n ordine, id ordine, numero fattura, numero do pedido, "
            "número do pedido, id do pedido, nº pedido, numero da fatura, numer zamówienia, nr zamówienia, "
            "id zamówienia, numer faktury, номер заказа, id заказа, заказ, номер чека, srid, 주문번호, 주문 번호, "
            "číslo objednávky, objednávka"
        ),
        "ordered_at": (
            "data ordine, data dell ordine, data fattura, data do pedido, data da compra, data da venda, "
            "data zamówienia, data złożenia, data sprzedaży, data faktury, дата заказа, дата и время заказа, "
            "дата продажи, дата покупки, принят в обработку, дата заказа покупателем, дата создания, 주문일, "
            "주문일시, 주문일자, 주문 일시, 결제일, 결제일시, datum objednávky"
        ),
        "customer_id": (
            "comprador, codice cliente, id do cliente, código do cliente, codigo do cliente, cpf, login kupującego, "
            "kupujący, nr klienta, numer klienta, id klienta, klient, покупатель, клиент, id клиента, код клиента, "
            "id покупателя, номер клиента, 구매자id, 구매자 id, 회원번호, 회원id, 고객번호, 주문자id, 구매자, 주문자, "
            "zákazník, číslo zákazníka"
        ),
        "product_id": (
            "codice articolo, codice prodotto, código do produto, codigo do produto, kod produktu, sku produktu, "
            "id oferty, артикул, код товара, артикул поставщика, код номенклатуры, 상품번호, 상품코드, 옵션id, "
            "업체상품코드, 등록상품id, 노출상품id, kód produktu, kód zboží"
        ),
        "product_name": (
            "descrizione, nome prodotto, nome articolo, nome do produto, descrição, nazwa produktu, nazwa oferty, "
            "nazwa, название, название товара, наименование товара, наименование, товар, 상품명, 등록상품명, "
            "노출상품명, název produktu, název zboží"
        ),
        "category": "kategoria, categoria prodotto, категория, предмет, 카테고리, 분류",
        "quantity": (
            "quantità, qtà, quantidade, qtde, ilość, liczba sztuk, sztuk, количество, кол во, 수량, 구매수, "
            "주문수량, 구매수량, množství, počet kusů"
        ),
        "unit_price": (
            "prezzo, prezzo unitario, preço, preço unitário, valor unitário, cena, cena jednostkowa, cena brutto, "
            "цена, цена за единицу, стоимость за единицу, 단가, 판매가, 옵션판매가, 상품가격, "
            "jednotková cena, cena za kus"
        ),
        "amount": (
            "ingresos por productos, importo, totale, totale riga, valor total, total do pedido, wartość, razem, "
            "suma, kwota, сумма, стоимость, сумма заказа, итого, итоговая стоимость товара, "
            "вайлдберриз реализовал товар, 금액, 결제액, 결제금액, 총금액, 주문금액, 상품금액, celkem, celková cena"
        ),
        "discount": "sconto, desconto, rabat, zniżka, скидка, скидка руб, 할인, 할인금액, sleva",
        "refunded": "rimborsato, importo rimborsato, valor reembolsado, zwrócono, kwota zwrotu, возвращено, 환불금액",
        "currency": "valuta, moeda, waluta, валюта, код валюты, код валюты товара, 통화, měna",
        "channel": "canale, kanał, канал, 판매채널, 판매경로, 쇼핑몰",
        "region": (
            "regione, provincia, paese, região, estado, województwo, kraj, регион, регион доставки, страна, 지역, 시도"
        ),
        "status": (
            "stato, stato ordine, situação, status do pedido, stan, статус, статус заказа, 상태, 주문상태, "
            "stav, stav objednávky"
        ),
    },
    "surveys": {
        "response_id": "id risposta, id resposta, id odpowiedzi, id ответа, 응답 id, 응답번호",
        "responded_at": (
            "data risposta, carimbo de data, sygnatura czasowa, znacznik czasu, отметка времени, дата ответа, "
            "타임스탬프, 응답일시, 제출일시"
        ),
        "customer_id": (
            "codice cliente, id do cliente, numer klienta, id klienta, номер клиента, id клиента, 고객번호, 회원번호"
        ),
    },
    "customers": {
        "customer_id": (
            "codice cliente, id do cliente, código do cliente, nr klienta, numer klienta, id klienta, "
            "номер клиента, id клиента, 고객번호, 회원번호, 회원id"
        ),
        "birth_date": "data di nascita, data de nascimento, data urodzenia, дата рождения, 생년월일, 생일",
        "gender": "sesso, sexo, płeć, пол, 성별",
        "region": "regione, provincia, região, estado, województwo, kraj, регион, страна, город, 지역, 시도",
        "acquired_at": (
            "data registrazione, data de cadastro, data rejestracji, дата регистрации, 가입일, 가입일시, 등록일"
        ),
        "email": "posta elettronica, correio eletrônico, adres e mail, электронная почта, почта, 이메일",
        "phone": "telefono, cellulare, telefone, celular, telefon, nr telefonu, телефон, 전화번호, 휴대폰, 연락처",
    },
}
"""By kind and field, the names that say it."""
