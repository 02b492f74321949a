/// Path parameters, query parameters and cursors as values; a problem names the field at fault.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "custodialbridge/core/address.hpp"
#include "custodialbridge/core/ids.hpp"
#include "custodialbridge/core/journal.hpp"
#include "custodialbridge/ledger/nft_reader.hpp"
#include "problem.hpp"
#include "target.hpp"

namespace custodialbridge::api {

Checked<UserId> user_field(std::string_view text);
Checked<ChainId> chain_field(std::string_view text);
Checked<TokenId> token_field(std::string_view text);
Checked<Address> address_field(std::string_view text);

/// "true" or "false"; false when absent.
Checked<bool> flag_parameter(const Query& query, std::string_view name);

/// 1 … 2^31; nothing when absent.
Checked<std::optional<std::uint32_t>> confirmations_parameter(const Query& query);

Checked<std::optional<ChainId>> chain_parameter(const Query& query);
Checked<std::optional<TokenId>> token_parameter(const Query& query);
Checked<std::optional<Address>> address_parameter(const Query& query);

/// 0 … 2^63-1; nothing when absent.
Checked<std::optional<BlockNumber>> block_parameter(const Query& query, std::string_view name);

/// "latest", "safe" or "finalized"; nothing when absent.
Checked<std::optional<FinalityLevel>> finality_parameter(const Query& query);

/// An event type by its name; nothing when absent.
Checked<std::optional<EventType>> event_type_parameter(const Query& query);

/// 1 … 1000, by default 100.
Checked<std::size_t> limit_parameter(const Query& query);

/// Where a page of a list begins: after the item with these two numbers (0 where it has only one).
struct PageCursor {
    std::uint64_t first = 0;
    std::uint64_t second = 0;
    friend bool operator==(const PageCursor&, const PageCursor&) = default;
};

/// Opaque to callers. `list` names the list: a cursor of another list, or one that we never gave
/// out (as far as 32 bits tell), is refused.
std::string write_cursor(std::string_view list, PageCursor cursor);
Checked<std::optional<PageCursor>> cursor_parameter(const Query& query, std::string_view list);

/// The same for lists in the ledger's order.
std::string write_cursor(std::string_view list, const JournalPlace& place);
Checked<std::optional<JournalPlace>> place_parameter(const Query& query, std::string_view list);

/// The same for lists of NFTs.
std::string write_cursor(std::string_view list, const ledger::NftPlace& place);
Checked<std::optional<ledger::NftPlace>> nft_place_parameter(const Query& query,
                                                             std::string_view list);

}  // namespace custodialbridge::api
