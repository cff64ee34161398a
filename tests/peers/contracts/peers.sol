// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// What `std/token` does in a transfer: the balance is checked, both sides are written, an event is emitted.
contract Erc20 {
    mapping(address => uint256) public balanceOf;

    event Transfer(address indexed from, address indexed to, uint256 value);
    error Insufficient(uint256 have, uint256 need);

    function transfer(address to, uint256 value) external returns (bool) {
        uint256 have = balanceOf[msg.sender];
        if (have < value) revert Insufficient(have, value);
        unchecked {
            balanceOf[msg.sender] = have - value;
            balanceOf[to] += value;
        }
        emit Transfer(msg.sender, to, value);
        return true;
    }
}

/// What `stdlib/examples/paper` does without work besides: some cells in a row are read and written.
contract Slots {
    mapping(uint256 => uint256) public cells;

    function touch(uint256 first, uint256 vars) external {
        unchecked {
            uint256 mixed = first % 1000003;
            for (uint256 i = first; i < first + vars; ++i) {
                cells[i] = (cells[i] * 31 + mixed) % 1000003;
            }
        }
    }
}
