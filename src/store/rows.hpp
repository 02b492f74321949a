/// Rows: one statement's answer in binary. Reading another type than the statement gives is a bug
/// of ours and is checked.
#pragma once

#include <libpq-fe.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "custodialbridge/core/address.hpp"
#include "custodialbridge/core/check.hpp"
#include "custodialbridge/core/hash.hpp"
#include "custodialbridge/core/time.hpp"
#include "custodialbridge/core/u256.hpp"
#include "wire.hpp"

namespace custodialbridge::store {

class Rows {
  public:
    explicit Rows(PGresult* result) : result_(result) {}

    std::size_t count() const { return static_cast<std::size_t>(PQntuples(result_.get())); }
    bool empty() const { return count() == 0; }
    ExecStatusType status() const { return PQresultStatus(result_.get()); }
    std::string_view tag() const { return PQcmdStatus(result_.get()); }  ///< "UPDATE 1", …

    bool is_null(std::size_t row, int column) const {
        return PQgetisnull(result_.get(), static_cast<int>(row), column) != 0;
    }
    std::string_view text(std::size_t row, int column) const {
        return {
            PQgetvalue(result_.get(), static_cast<int>(row), column),
            static_cast<std::size_t>(PQgetlength(result_.get(), static_cast<int>(row), column))};
    }
    template <std::integral T>
    T number(std::size_t row, int column) const {
        const std::string_view bytes = text(row, column);
        CB_CHECK(bytes.size() == sizeof(T));
        return load_big_endian<T>(bytes.data());
    }
    std::int64_t int64(std::size_t row, int column) const {
        return number<std::int64_t>(row, column);
    }
    std::int32_t int32(std::size_t row, int column) const {
        return number<std::int32_t>(row, column);
    }
    bool truth(std::size_t row, int column) const { return number<std::int8_t>(row, column) != 0; }
    Time time(std::size_t row, int column) const {
        return kTimestampZero + Micros(int64(row, column));
    }
    Hash32 hash(std::size_t row, int column) const { return bytes_as<Hash32>(row, column); }
    Address address(std::size_t row, int column) const { return bytes_as<Address>(row, column); }
    SignedAmount signed_amount(std::size_t row, int column) const {
        const auto amount = decode_numeric(text(row, column));
        CB_CHECK(amount.has_value());
        return *amount;
    }
    U256 amount(std::size_t row, int column) const {
        const SignedAmount amount = signed_amount(row, column);
        CB_CHECK(!amount.negative);
        return amount.magnitude;
    }

    /// An id or block number, which is never negative in the tables.
    template <class Id>
    Id id(std::size_t row, int column) const {
        const auto value = static_cast<decltype(Id::value)>(
            PQgetlength(result_.get(), static_cast<int>(row), column) == 4 ? int32(row, column)
                                                                           : int64(row, column));
        return Id{value};
    }
    template <class Id>
    std::optional<Id> optional_id(std::size_t row, int column) const {
        if (is_null(row, column)) return std::nullopt;
        return id<Id>(row, column);
    }

  private:
    struct Clear {
        void operator()(PGresult* result) const { PQclear(result); }
    };

    template <class T>
    T bytes_as(std::size_t row, int column) const {
        const std::string_view bytes = text(row, column);
        T value;
        CB_CHECK(bytes.size() == value.bytes.size());
        std::memcpy(value.bytes.data(), bytes.data(), bytes.size());
        return value;
    }

    std::unique_ptr<PGresult, Clear> result_;
};

}  // namespace custodialbridge::store
