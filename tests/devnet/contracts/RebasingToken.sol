// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// An ERC-20 whose balances all change at once, by no event that names a holder.
contract RebasingToken {
    event Transfer(address indexed from, address indexed to, uint256 amount);
    event Rebased(uint256 percent);

    uint256 public percent = 100;
    mapping(address => uint256) private shares;

    function balanceOf(address holder) public view returns (uint256) {
        return (shares[holder] * percent) / 100;
    }

    function mint(address to, uint256 amount) external {
        shares[to] += (amount * 100) / percent;
        emit Transfer(address(0), to, amount);
    }

    function rebase(uint256 to) external {
        percent = to;
        emit Rebased(to);
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        uint256 moved = (amount * 100) / percent;
        shares[msg.sender] -= moved;
        shares[to] += moved;
        emit Transfer(msg.sender, to, amount);
        return true;
    }
}
