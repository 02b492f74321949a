#include "custodialbridge/core/header_fields.hpp"

#include "custodialbridge/core/keccak.hpp"

namespace custodialbridge {

namespace {

void append(rlp::Bytes& out, const Hash32& hash) {
    rlp::append_bytes(out, hash.bytes);
}

void append(rlp::Bytes& out, std::uint64_t value) {
    rlp::append_integer(out, value);
}

void append(rlp::Bytes& out, const U256& value) {
    rlp::append_integer(out, value);
}

/// Fields that may be absent, but only from the end.
class Tail {
  public:
    explicit Tail(rlp::Bytes& out) : out_(out) {}

    template <class T>
    void add(const std::optional<T>& field) {
        if (!field) {
            ended_ = true;
        } else if (ended_) {
            has_gap_ = true;
        } else {
            append(out_, *field);
        }
    }

    bool has_gap() const { return has_gap_; }

  private:
    rlp::Bytes& out_;
    bool ended_ = false;
    bool has_gap_ = false;
};

}  // namespace

std::optional<Hash32> hash_header(const HeaderFields& header) {
    rlp::Bytes fields;
    append(fields, header.parent_hash);
    append(fields, header.ommers_hash);
    rlp::append_bytes(fields, header.beneficiary.bytes);
    append(fields, header.state_root);
    append(fields, header.transactions_root);
    append(fields, header.receipts_root);
    rlp::append_bytes(fields, header.logs_bloom);
    append(fields, header.difficulty);
    append(fields, header.number);
    append(fields, header.gas_limit);
    append(fields, header.gas_used);
    append(fields, header.timestamp);
    rlp::append_bytes(fields, header.extra_data);
    append(fields, header.mix_hash);
    rlp::append_bytes(fields, header.nonce);
    Tail tail(fields);
    tail.add(header.base_fee);
    tail.add(header.withdrawals_root);
    tail.add(header.blob_gas_used);
    tail.add(header.excess_blob_gas);
    tail.add(header.parent_beacon_block_root);
    tail.add(header.requests_hash);
    if (tail.has_gap()) return std::nullopt;
    rlp::Bytes encoded;
    rlp::append_list(encoded, fields);
    return keccak256(encoded);
}

}  // namespace custodialbridge
