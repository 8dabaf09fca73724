-- The landing zone as the warehouse remembers it. A home whose tables are others builds its warehouse anew.
create table if not exists landed_files (
    file_no BIGINT, source VARCHAR, file VARCHAR, natural_key VARCHAR, content VARCHAR, bytes BIGINT,
    version VARCHAR, is_utf8 BOOLEAN, is_regular_text BOOLEAN, lines BIGINT, loaded_at TIMESTAMP);
create table if not exists landed_contents (
    content_no BIGINT, source VARCHAR, content VARCHAR, mapping VARCHAR, error VARCHAR, readable_from TIMESTAMP);
create or replace view latest_readings as
    select * from landed_contents
    qualify row_number() over (
        partition by source, content, mapping order by readable_from desc nulls last, content_no desc) = 1;
create table if not exists landed_date_formats (
    source VARCHAR, mapping VARCHAR, content VARCHAR, field VARCHAR, days VARCHAR[], example VARCHAR);
create table if not exists landed_rejects (
    content_no BIGINT, line_number BIGINT, reason VARCHAR, raw VARCHAR);
create table if not exists landed_texts (
    content_no BIGINT, line_number BIGINT, raw VARCHAR);
create table if not exists landed_transactions (
    content_no BIGINT, line_number BIGINT, identity UBIGINT, order_hash UBIGINT, row_hash UBIGINT,
    updated_at TIMESTAMP, order_id VARCHAR,
    line_id VARCHAR, ordered_at TIMESTAMP, customer_id VARCHAR, product_id VARCHAR, product_name VARCHAR,
    category VARCHAR, quantity DECIMAL(18,4), unit_price DECIMAL(18,6), kind VARCHAR, raw_amount DECIMAL(38,8),
    amount DECIMAL(38,8), discount DECIMAL(38,8), refunded DECIMAL(38,8), refunded_at TIMESTAMP, currency VARCHAR,
    channel VARCHAR, region VARCHAR, status VARCHAR,
    refund_of VARCHAR, reasons VARCHAR[]);
create table if not exists landed_surveys (
    content_no BIGINT, line_number BIGINT, identity UBIGINT, row_hash UBIGINT, key VARCHAR, updated_at TIMESTAMP,
    response_id VARCHAR,
    responded_at TIMESTAMP, customer_id VARCHAR, order_id VARCHAR, channel VARCHAR, region VARCHAR,
    dimensions MAP(VARCHAR, VARCHAR), reasons VARCHAR[]);
create table if not exists landed_answers (
    content_no BIGINT, line_number BIGINT, question VARCHAR, kind VARCHAR, column_name VARCHAR, score DECIMAL(9,3),
    is_satisfied BOOLEAN, reasons VARCHAR[], raw VARCHAR);
create table if not exists landed_customers (
    content_no BIGINT, line_number BIGINT, identity UBIGINT, row_hash UBIGINT, key VARCHAR, updated_at TIMESTAMP,
    customer_id VARCHAR,
    birth_date DATE, age INTEGER, gender VARCHAR, region VARCHAR, occupation VARCHAR, customer_type VARCHAR,
    acquired_at TIMESTAMP, acquisition_channel VARCHAR, email VARCHAR, phone VARCHAR, consent BOOLEAN,
    reasons VARCHAR[]);
create table if not exists landed_exchange_rates (
    content_no BIGINT, line_number BIGINT, identity UBIGINT, row_hash UBIGINT, key VARCHAR, updated_at TIMESTAMP,
    rated_on DATE,
    currency VARCHAR, rate DECIMAL(28,12), reasons VARCHAR[]);
create table if not exists landed_counts (
    content_no BIGINT, currency VARCHAR, kind VARCHAR, is_usable BOOLEAN, event_on DATE, rows BIGINT,
    amount DECIMAL(38,8), first_event TIMESTAMP, last_event TIMESTAMP, settled_on DATE);
create table if not exists landed_set_aside (
    content_no BIGINT, line_number BIGINT, currency VARCHAR, event_on DATE, reasons VARCHAR[]);
create table if not exists repeated_rows (
    source_kind VARCHAR, content_no BIGINT, line_number BIGINT, identity UBIGINT, key VARCHAR, parent VARCHAR,
    row_hash UBIGINT, updated_at TIMESTAMP, currency VARCHAR, kind VARCHAR, raw_amount DECIMAL(38,8), event_on DATE);
create table if not exists split_orders (order_hash UBIGINT);
create table if not exists summarised_contents (content_no BIGINT);
