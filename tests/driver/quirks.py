"""What real modems do wrong, row by row, and the tests that show how the driver copes with it.

The rows are those of the collection of incidents that this driver was built after (peers and modem quirks,
section 5), in few words. A test is named by its file below ``tests/driver`` and its function.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quirk:
    """One row."""

    section: str
    words: str
    tests: tuple[str, ...]


def _row(section: str, words: str, *tests: str) -> Quirk:
    return Quirk(section, words, tests)


LINE = "test_quirks_line.py"
PROMPT = "test_quirks_prompt.py"
STORAGE = "test_quirks_storage.py"
BOOT = "test_quirks_boot.py"
FAMILIES = "test_quirks_families.py"
RECOVERY = "test_quirks_recovery.py"
ANSWERS = "at/test_session_answers.py"
URCS = "at/test_session_urcs.py"

QUIRKS: tuple[Quirk, ...] = (
    # --- 5.1 Line discipline, echo, finals ---
    _row(
        "5.1",
        "echo returns after a reset",
        f"{LINE}::test_echo_that_comes_back_disturbs_nothing",
        f"{ANSWERS}::test_answers",
    ),
    _row(
        "5.1",
        "the first AT after idle is swallowed",
        "test_modem.py::test_a_modem_that_sleeps_is_woken",
        f"{LINE}::test_a_modem_that_swallows_the_first_command_after_each_pause_is_kept",
        f"{LINE}::test_a_message_after_a_pause_wakes_the_modem_and_goes",
        f"{LINE}::test_a_modem_that_sleeps_gives_each_message_within_seconds",
        f"{RECOVERY}::test_a_question_that_is_not_answered_does_not_end_the_watch_over_the_network",
    ),
    _row(
        "5.1", "AT on another port wakes a SIM7000", "test_rescuer.py::test_a_sibling_is_greeted_and_let_go"
    ),
    _row(
        "5.1",
        "finals beyond OK and ERROR, also glued to a URC",
        f"{ANSWERS}::test_refusals",
        "at/test_result_codes.py::test_finals",
        "at/test_result_codes.py::test_finals_of_calls",
    ),
    _row(
        "5.1",
        "+CPIN: READY without OK",
        "test_link.py::test_an_answer_without_ok_is_taken_after_a_while",
        "test_sim.py::test_what_does_not_matter_is_passed_over",
    ),
    _row("5.1", "doubled CR, lines without prefix, leading blanks", "at/test_splitter.py::test_lines"),
    _row("5.1", "errors in words", "at/test_result_codes.py::test_words"),
    _row(
        "5.1",
        "echo twice before the final",
        f"{LINE}::test_an_echo_that_comes_twice_before_an_error",
        f"{ANSWERS}::test_answers",
    ),
    _row("5.1", "CME 515 for tens of seconds after boot", f"{LINE}::test_please_wait_is_waited_out"),
    _row(
        "5.1",
        "OK inside a line, or as the text of a message",
        f"{ANSWERS}::test_ok_is_a_final_only_as_a_whole_line",
        f"{ANSWERS}::test_a_text_mode_body_is_never_scanned",
        f"{URCS}::test_a_text_mode_message_may_say_ok",
    ),
    _row("5.1", "RTS/CTS and DSR/DTR hang", "test_transport.py::test_flow_control_stays_off"),
    _row(
        "5.1",
        "automatic baud rate locks to a wrong one",
        f"{LINE}::test_the_rate_of_a_real_uart_is_fixed_by_the_caller",
        "test_transport.py::test_flow_control_stays_off",
    ),
    _row(
        "5.1",
        "two programs on one port",
        "test_transport.py::test_a_second_open_is_refused",
        "test_modem.py::test_an_answer_to_a_dead_program_is_not_taken_for_ours",
        "test_usb.py::test_the_holder_of_a_port_is_named",
    ),
    _row(
        "5.1",
        "URCs appear on one of several ports only",
        "test_usb.py::test_mode_and_at_port_are_told_by_descriptor",
        "test_inbox.py::test_a_lost_announcement_delays_by_one_sweep_and_arms_the_modem_again",
    ),
    _row(
        "5.1",
        "long input overruns a slow UART",
        f"{LINE}::test_a_modem_that_overruns_gets_a_pdu_in_pieces",
        f"{LINE}::test_a_slow_pdu_that_is_given_up_half_way_is_left_with_escape",
        f"{LINE}::test_a_modem_that_refuses_half_a_pdu_was_not_sent_it",
    ),
    # --- 5.2 The send prompt ---
    _row(
        "5.2",
        "the standard's prompt, without blank, with a line end, with any blanks",
        f"{PROMPT}::test_a_message_goes_at_once_whatever_the_prompt_looks_like",
        "at/test_session_prompts.py::test_prompts",
    ),
    _row(
        "5.2",
        "prompt and then OK before the PDU, no +CMGS",
        f"{PROMPT}::test_prompt_and_ok_and_no_reference_leave_it_unknown",
        "at/test_session_prompts.py::test_ok_right_after_the_prompt_is_not_the_end",
    ),
    _row("5.2", "Ctrl-Z freezes the port", f"{PROMPT}::test_a_port_that_freezes_after_ctrl_z_is_given_up"),
    _row(
        "5.2",
        "ESC leaves the prompt; Ctrl-Z on half a PDU sends rubbish",
        f"{PROMPT}::test_a_prompt_is_left_with_escape_and_never_with_ctrl_z",
        f"{PROMPT}::test_nobody_closes_the_prompt_of_another_command",
        "test_link.py::test_a_prompt_that_was_lost_is_left_by_esc",
    ),
    _row(
        "5.2",
        "AT+CNMA is answered with a prompt",
        f"{PROMPT}::test_a_prompt_after_an_acknowledgement_is_left",
    ),
    _row(
        "5.2",
        "no prompt: not sent yet, safe to repeat after ESC",
        f"{PROMPT}::test_a_lost_prompt_costs_less_than_five_seconds",
        f"{PROMPT}::test_a_prompt_that_never_comes_is_told_after_the_second_try",
        f"{PROMPT}::test_a_modem_whose_prompt_is_slow_gets_its_time",
    ),
    _row(
        "5.2",
        "35 s after the PDU are too short; ModemManager waits for 180 s and more",
        f"{PROMPT}::test_a_network_may_take_its_time",
        f"{PROMPT}::test_an_acceptance_that_comes_too_late_settles_the_doubt",
        f"{FAMILIES}::test_silence_after_a_message_says_nothing_before_its_time_is_over",
        f"{FAMILIES}::test_where_any_character_aborts_a_message_none_is_written",
    ),
    _row("5.2", "the network's timers: 28 s and 42 s", f"{PROMPT}::test_a_network_may_take_its_time"),
    _row(
        "5.2",
        "SMS DONE, SMS Ready, Call Ready before it is usable",
        f"{PROMPT}::test_sms_ready_comes_long_after_the_modem_answers",
        f"{PROMPT}::test_a_message_goes_at_once_whatever_the_prompt_looks_like",
    ),
    # --- 5.3 URCs ---
    _row(
        "5.3",
        "the codes of Huawei, ZTE, SIMCom, Quectel, Sierra, Telit, u-blox, Cinterion, phones",
        "at/test_urc.py::test_kinds",
        f"{LINE}::test_wild_codes_are_known",
        f"{LINE}::test_no_wild_code_spoils_or_ends_an_answer",
        f"{LINE}::test_no_wild_code_spoils_a_send",
        f"{LINE}::test_a_pdu_that_comes_by_itself_spoils_neither_a_send_nor_an_answer",
    ),
    _row(
        "5.3",
        "^RSSI inside of +CMGR",
        f"{ANSWERS}::test_a_pdu_cut_in_two_by_a_urc_is_put_together",
        f"{LINE}::test_no_wild_code_spoils_or_ends_an_answer",
    ),
    _row(
        "5.3",
        "POWER DOWN: it goes, for up to 60 s",
        "test_modem.py::test_a_restart_of_the_modem_ends_it",
        "test_supervisor.py::test_a_restart_of_the_modem_is_survived_and_its_settings_are_made_again",
    ),
    _row(
        "5.3",
        "unknown ones are ignored, and told",
        f"{LINE}::test_a_code_that_nobody_knows_is_told_and_changes_nothing",
        f"{LINE}::test_no_unknown_code_spoils_or_ends_an_answer",
    ),
    _row("5.3", "AT^CURC=0 stops +CMTI, too", f"{LINE}::test_commands_that_do_harm_are_never_written"),
    _row(
        "5.3",
        "+ZUSIMR floods until others crash; AT+CPMS? calms it",
        f"{LINE}::test_a_flood_of_codes_stops_neither_sending_nor_receiving",
        f"{FAMILIES}::test_zte_is_calmed_before_anything_can_overrun",
    ),
    _row(
        "5.3",
        "CD-ROM mode is switched by AT+ZOPRT, AT+ZCDRUN",
        f"{LINE}::test_commands_that_do_harm_are_never_written",
    ),
    _row(
        "5.3",
        "forms of +CMTI, +CDSI, +CMT, +CDS, +CBM; a lone CR",
        "at/test_urc.py::test_parameters",
        f"{URCS}::test_a_pdu_follows",
        "test_inbox.py::test_an_announcement_without_a_place_leads_to_a_look",
    ),
    _row(
        "5.3",
        "call family",
        "at/test_calls.py::test_a_state_in_every_dialect",
        "test_calls.py::test_the_end_in_every_dialect",
    ),
    _row(
        "5.3",
        "a boot code in the middle of life: all settings are lost",
        f"{LINE}::test_a_boot_code_in_the_middle_of_life_is_a_restart",
        f"{LINE}::test_a_modem_that_says_boot_for_hours_is_no_restart",
        "test_supervisor.py::test_a_restart_of_the_modem_is_survived_and_its_settings_are_made_again",
    ),
    # --- 5.4 Codes ---
    _row(
        "5.4",
        "the table of +CMS and +CME codes and what to do",
        f"{LINE}::test_each_row_of_the_table_of_codes",
        "at/test_result_codes.py::test_classes",
    ),
    _row(
        "5.4",
        "27 and 127 pass, 28 is our own SIM: 24.011 annex E-2, where other programs blame the recipient",
        f"{LINE}::test_each_row_of_the_table_of_codes",
        "at/test_result_codes.py::test_classes",
    ),
    _row(
        "5.4",
        "21 and 500 mean anything: show the code",
        f"{LINE}::test_the_text_of_an_error_shows_the_code_itself",
    ),
    _row(
        "5.4",
        "128 to 176, 198, 199: once more with plain settings",
        f"{LINE}::test_what_the_centre_does_not_support_is_left_out_once",
        f"{LINE}::test_a_plain_message_that_is_refused_is_told_at_once",
    ),
    _row(
        "5.4",
        "197: it was taken already; 332 after the PDU: unknown",
        "at/test_result_codes.py::test_after_the_pdu_left_a_network_timeout_says_nothing",
        "test_sms.py::test_no_answer_to_the_pdu_is_unknown",
    ),
    _row(
        "5.4", "304: set up again once", "test_sms.py::test_a_modem_that_fell_back_to_text_mode_is_set_right"
    ),
    _row(
        "5.4",
        "321 on a read: already gone",
        f"{STORAGE}::test_a_slot_that_is_empty_when_it_is_read_is_no_error",
        "test_inbox.py::test_a_modem_that_cannot_list_is_read_slot_by_slot",
    ),
    _row(
        "5.4",
        "314, CME 14: wait 1 to 15 s",
        "test_sim.py::test_a_sim_that_is_busy_is_waited_for",
        f"{STORAGE}::test_memories_and_announcements_are_set_up_when_the_sim_lets_them",
    ),
    _row(
        "5.4",
        "330: set the SMSC, once more",
        "test_sms.py::test_a_lost_service_centre_is_put_back_once",
        "test_sms.py::test_a_service_centre_that_stays_unknown_is_told",
    ),
    _row(
        "5.4",
        "340: ignore",
        "test_inbox.py::test_an_acknowledgement_that_nobody_expected_is_harmless",
    ),
    _row(
        "5.4",
        "500 of a message that was sent all the same",
        "test_fault_table.py::test_cms_500_though_sent",
        "test_fault_table.py::test_cms_500_not_sent",
    ),
    _row(
        "5.4",
        "512 and above contradict each other",
        "at/test_result_codes.py::test_vendor_codes_contradict_each_other_so_nobody_is_believed",
        "at/test_result_codes.py::test_vendor_codes_of_a_known_vendor",
        f"{FAMILIES}::test_codes_from_512_on_mean_what_their_vendor_says",
    ),
    _row("5.4", "CME 16: stop for good", "test_sim.py::test_a_wrong_pin_costs_one_try_ever"),
    # --- 5.5 Storage ---
    _row(
        "5.5",
        "shapes of +CPMS=? and +CPMS?",
        "at/test_responses.py::test_storage_support",
        "at/test_responses.py::test_storage_states",
        "test_storage.py::test_shapes_of_the_list",
        f"{STORAGE}::test_a_memory_with_another_name_is_used_as_it_is",
        f"{STORAGE}::test_a_modem_that_does_not_say_how_full_it_is_is_used",
    ),
    _row(
        "5.5",
        "three parameters, two, or one",
        f"{STORAGE}::test_the_number_of_memories_in_one_command_differs",
        "test_storage.py::test_the_number_of_parameters_is_learnt_once",
    ),
    _row(
        "5.5",
        "mem3 may lack ME",
        f"{STORAGE}::test_a_modem_that_has_no_me_to_receive_into_receives_into_the_sim",
    ),
    _row(
        "5.5",
        "T77W968 receives nothing until the memories were switched",
        f"{FAMILIES}::test_a_t77w968_has_all_three_memories_switched",
        f"{STORAGE}::test_the_memories_are_switched_at_the_start",
    ),
    _row(
        "5.5",
        "another memory after a restart, and full",
        f"{STORAGE}::test_a_memory_that_was_full_before_the_start_is_read_and_told",
    ),
    _row(
        "5.5",
        "read from the memory that the URC names",
        "test_inbox.py::test_a_message_is_read_from_the_memory_that_the_modem_names",
    ),
    _row("5.5", "indexes from 0 or 1, with gaps", f"{STORAGE}::test_any_index_is_read_and_deleted"),
    _row(
        "5.5",
        "full: a code, and then no +CMTI at all",
        f"{STORAGE}::test_a_memory_that_says_it_is_full_is_looked_into",
        "test_inbox.py::test_a_full_memory_is_emptied_and_what_waits_comes",
        "test_fault_table.py::test_ten_slots_filled_by_a_burst",
    ),
    _row(
        "5.5",
        "A76xx stays deaf after it was full",
        f"{STORAGE}::test_a_modem_that_was_full_is_told_again_to_announce",
    ),
    _row(
        "5.5",
        "a full SIM blocks sending",
        f"{STORAGE}::test_a_full_sim_that_blocks_sending_is_emptied",
        f"{STORAGE}::test_a_reference_without_ok_counts_on_a_full_sim",
    ),
    _row("5.5", "A7670E delivers twice", "test_inbox.py::test_a_message_that_the_modem_stored_twice_is_one"),
    _row(
        "5.5",
        "AT+CMGL hangs Huawei sticks",
        f"{FAMILIES}::test_huawei_is_never_asked_for_a_list",
        "test_recovery_stories.py::test_a_modem_that_hangs_in_one_command_is_restarted",
        "test_inbox.py::test_a_modem_that_cannot_list_is_read_slot_by_slot",
        "test_storage.py::test_a_slot_that_hangs_does_not_hide_those_behind_it",
    ),
    _row(
        "5.5",
        "MMS notices pile up; a slot that cannot be deleted is dead after three tries",
        f"{STORAGE}::test_mms_notices_are_handed_on_and_go_when_accepted",
        "test_inbox.py::test_a_slot_that_cannot_be_emptied_is_told_and_left_alone",
    ),
    _row(
        "5.5",
        "AT+CMGD fails while a message comes in",
        "test_inbox.py::test_a_delete_that_is_refused_once_is_tried_again",
        "test_inbox.py::test_a_slot_whose_deletion_did_not_hold_is_deleted_again",
    ),
    # --- 5.6 Announcements and reports ---
    _row("5.6", "shapes of +CNMI=?", "at/test_responses.py::test_indication_support"),
    _row(
        "5.6",
        "the chain of settings, and those of old phones",
        f"{STORAGE}::test_the_chain_of_indications_is_that_of_the_standard_first",
        f"{STORAGE}::test_what_the_modem_lists_is_tried_first",
        "test_profile.py::test_the_modems_list_decides_the_order",
        f"{FAMILIES}::test_each_family_has_its_own_way_of_announcing",
    ),
    _row(
        "5.6",
        "<mt> 2 loses messages; with AT+CSMS=1 it wants AT+CNMA",
        "test_inbox.py::test_direct_delivery_is_acknowledged_where_the_service_wants_it",
    ),
    _row(
        "5.6",
        "to be set again: after a restart, after a call, within seconds, after +CFUN, on a timer",
        f"{STORAGE}::test_after_a_call_the_modem_is_told_again_to_announce",
        f"{STORAGE}::test_a_modem_that_forgets_within_seconds_is_told_again_at_each_sweep",
        "test_caretaker.py::test_what_was_forgotten_is_set_again",
        "test_network.py::test_the_radio_is_switched_off_and_on",
    ),
    _row(
        "5.6",
        "reports need TP-SRR; AT+CSMP clears the SMSC",
        f"{STORAGE}::test_a_report_is_asked_for_in_the_pdu",
        "test_sms.py::test_a_lost_service_centre_is_put_back_once",
        f"{LINE}::test_commands_that_do_harm_are_never_written",
    ),
    _row(
        "5.6",
        "EC25: +CDSI names a wrong place",
        f"{STORAGE}::test_a_report_that_is_announced_in_a_wrong_place_is_found",
        f"{STORAGE}::test_a_message_in_the_place_that_is_announced_for_a_report_hides_it_for_one_sweep_at_most",
        f"{FAMILIES}::test_reports_are_not_asked_for_by_place_even_where_the_other_way_is_refused",
        f"{STORAGE}::test_no_family_is_asked_for_stored_reports_in_vain",
    ),
    _row(
        "5.6",
        '+CDSI: "SR",n up to 50',
        f"{STORAGE}::test_a_report_is_read_from_the_memory_and_place_that_are_announced",
    ),
    _row("5.6", "modems without reports", f"{STORAGE}::test_a_modem_that_reports_nothing_sends_all_the_same"),
    _row(
        "5.6",
        "the type bits decide what a PDU is",
        f"{STORAGE}::test_what_the_memory_for_reports_holds_is_told_by_its_type",
        f"{STORAGE}::test_a_message_that_another_program_stored_to_send_is_left_alone",
    ),
    _row(
        "5.6",
        "ZTE reports with a reference of two octets",
        f"{STORAGE}::test_a_report_of_zte_with_a_reference_of_two_octets_is_read",
    ),
    _row("5.6", "references wrap", f"{STORAGE}::test_references_wrap"),
    # --- 5.7 PDU and text ---
    _row(
        "5.7",
        "user data shorter than it says",
        "pdu/test_user_data.py::test_user_data_that_ends_early_is_kept_and_marked",
        "pdu/test_vectors.py::test_a_message_of_a_real_modem_that_is_shorter_than_it_says_keeps_its_text",
    ),
    _row(
        "5.7",
        "no SMSC field, or an empty one",
        f"{STORAGE}::test_a_pdu_without_the_field_for_the_centre_is_read",
        "pdu/test_address.py::test_smsc",
    ),
    _row(
        "5.7",
        "letters, local numbers, odd lengths",
        "pdu/test_address.py::test_an_address_field_reads_as",
    ),
    _row(
        "5.7",
        "slots full of FF, garbage, no hex",
        f"{STORAGE}::test_garbage_in_a_slot_disturbs_nobody",
        "test_inbox.py::test_a_pdu_that_nobody_can_read_is_handed_on_and_goes_when_accepted",
    ),
    _row("5.7", "fill bits", "pdu/test_user_data.py::test_fill_bits_end_at_a_septet"),
    _row(
        "5.7",
        "negative zones, invalid times",
        "pdu/test_timestamp.py::test_reads_as",
        "pdu/test_timestamp.py::test_no_time_is_none_and_its_octets_stay",
    ),
    _row(
        "5.7",
        "coding schemes, message waiting, UTF-16 called UCS2, national tables",
        "pdu/test_dcs.py::test_alphabet_and_class",
        "pdu/test_dcs.py::test_message_waiting",
        "pdu/test_user_data.py::test_ucs2_text_comes_back",
        "pdu/test_vectors.py::test_decodes_as_its_source_says",
    ),
    _row(
        "5.7",
        "escapes and surrogates are not split",
        "pdu/test_segmentation.py::test_no_character_is_parted",
        "pdu/test_gsm7.py::test_escapes_that_the_extension_does_not_know",
    ),
    _row(
        "5.7",
        "8 and 16 bit references, 0 too, out of order, seconds apart",
        f"{BOOT}::test_parts_are_joined_in_any_order_and_seconds_apart",
        "test_inbox.py::test_segments_out_of_order_and_twice_make_one_message",
    ),
    _row(
        "5.7",
        "a missing part must not block",
        f"{BOOT}::test_a_part_that_never_comes_blocks_nothing_for_good",
    ),
    _row(
        "5.7",
        "text mode and AT+CSCS: reboots, UCS2 in COPS and CSCA",
        f"{LINE}::test_commands_that_do_harm_are_never_written",
        "at/test_responses.py::test_service_centre",
    ),
    _row(
        "5.7",
        "panels read GSM 7 bit without header and class only",
        "test_sms.py::test_plain_leaves_out_what_old_panels_cannot_show",
    ),
    # --- 5.8 USSD ---
    _row(
        "5.8",
        "Huawei wants packed septets, padded with CR",
        "test_ussd.py::test_huawei_is_asked_in_packed_septets",
        "test_ussd_text.py::test_requests",
    ),
    _row("5.8", "replies packed, in UCS2, plain, filled with FF", "test_ussd_text.py::test_captured_replies"),
    _row(
        "5.8",
        "AT^USSDMODE and other forms are learnt",
        "test_ussd.py::test_a_form_that_is_refused_is_followed_by_the_next_and_remembered",
    ),
    _row(
        "5.8",
        "before OK, an extra release, other client, several lines, network time-out",
        "test_ussd.py::test_the_reply_in_every_dialect",
    ),
    _row("5.8", "CME 132", "test_ussd.py::test_a_refusal_is_named"),
    _row(
        "5.8",
        "close with AT+CUSD=2, but not HP un2420",
        "test_ussd.py::test_a_session_is_left_open_for_nobody",
        "test_ussd.py::test_a_modem_that_must_not_be_told_to_cancel_is_not",
    ),
    _row("5.8", "SIMs without USSD", "test_ussd.py::test_a_refusal_is_named"),
    _row(
        "5.8",
        "decode by content",
        "test_ussd_text.py::test_ucs2_is_found_whatever_the_scheme",
        "test_ussd_text.py::test_septets_are_found_whatever_the_scheme",
        "test_ussd_text.py::test_text_that_is_text_stays",
    ),
    # --- 5.9 Network ---
    _row(
        "5.9",
        "shapes of +CREG, empty too; its change without <n>",
        "at/test_responses.py::test_registration",
        f"{URCS}::test_answer_or_urc",
        f"{RECOVERY}::test_every_shape_of_the_registration_is_read",
        f"{RECOVERY}::test_every_shape_of_its_change_is_read",
    ),
    _row(
        "5.9",
        "6 and 7 are good; 3 with a packet domain is data only",
        "test_network.py::test_data_only_is_told_apart_from_denied",
        "test_recovery_stories.py::test_data_only_is_nothing_that_the_ladder_cures",
    ),
    _row(
        "5.9",
        "the name of the operator proves nothing",
        f"{BOOT}::test_the_name_of_the_operator_proves_nothing",
    ),
    _row(
        "5.9",
        "registration lost until the radio was off and on",
        "test_recovery_stories.py::test_a_lost_network_gets_the_radio_switched_off_and_on",
        "test_network.py::test_the_radio_is_switched_off_and_on",
        f"{RECOVERY}::test_the_radio_stays_off_for_ten_seconds",
    ),
    _row(
        "5.9",
        "messages fail until AT&F",
        f"{RECOVERY}::test_nothing_of_the_stored_settings_is_relied_upon",
        f"{LINE}::test_commands_that_do_harm_are_never_written",
    ),
    _row(
        "5.9",
        "EC25 without signal for hours: only power helps",
        f"{RECOVERY}::test_a_modem_that_left_the_bus_comes_back_when_its_power_was_off",
        "test_recovery_stories.py::test_silence_climbs_in_order_and_stops_at_what_helps",
    ),
    _row(
        "5.9",
        "2G is switched off",
        "test_recovery_stories.py::test_a_network_that_stays_away_is_climbed_for_and_told",
    ),
    _row(
        "5.9",
        "CSQ 99 is unknown, lower case, no read form",
        "test_network.py::test_signal",
        f"{LINE}::test_commands_that_do_harm_are_never_written",
    ),
    # --- 5.10 USB, ports, modes ---
    _row(
        "5.10",
        "which interface speaks AT; HiLink, storage, boot mode",
        "test_usb.py::test_mode_and_at_port_are_told_by_descriptor",
        "test_modem_list.py::test_a_modem_that_is_none_at_the_moment_says_so",
    ),
    _row(
        "5.10",
        "a wrong USB composition takes the ports away: never written",
        f"{LINE}::test_commands_that_do_harm_are_never_written",
    ),
    _row(
        "5.10",
        "Brovi E3372-325 keeps its number in all modes",
        "test_usb.py::test_mode_and_at_port_are_told_by_descriptor",
    ),
    _row("5.10", "E173 returns as storage", "test_finder.py::test_a_modem_that_came_back_as_storage_is_told"),
    _row(
        "5.10",
        "ttyUSB2 becomes ttyUSB3",
        "test_finder.py::test_the_old_handle_was_still_open_and_the_port_got_the_next_name",
        "test_recovery_stories.py::test_a_modem_that_returns_under_another_name_is_found",
    ),
    _row(
        "5.10",
        "two of a kind share a name",
        "test_modem_list.py::test_twins_without_serial_number_get_the_names_of_their_sockets",
        "test_finder.py::test_two_that_changed_places_are_told_apart_by_imei",
    ),
    _row(
        "5.10",
        "autosuspend resets an EG25",
        "test_recovery_stories.py::test_a_modem_that_restarts_again_and_again_wants_power",
    ),
    _row(
        "5.10",
        "weak supplies: it vanishes when it transmits",
        "test_recovery_stories.py::test_a_modem_that_restarts_again_and_again_wants_power",
        "test_supervisor.py::test_a_modem_that_was_unplugged_is_back_within_ten_seconds_of_its_return",
    ),
    _row(
        "5.10",
        "power of a hub's port: opt-in, capped",
        "test_rescuer.py::test_what_is_allowed_follows_from_means_place_and_family",
        "test_rescuer.py::test_a_switch_of_the_caller_may_hang_and_may_fail",
    ),
    # --- 5.11 SIM, PIN, boot ---
    _row(
        "5.11",
        "after the PIN: peace for 3 to 8 s",
        f"{BOOT}::test_after_the_pin_the_sim_is_left_in_peace",
        f"{FAMILIES}::test_a_sierra_has_eight_seconds_after_the_pin",
    ),
    _row(
        "5.11",
        "SIM busy to CSCA, CPMS and CNMI; READY alone is not ready",
        f"{BOOT}::test_after_the_pin_the_modem_may_be_busy_for_long",
        f"{BOOT}::test_ready_alone_is_not_ready_for_messages",
        f"{STORAGE}::test_memories_and_announcements_are_set_up_when_the_sim_lets_them",
    ),
    _row(
        "5.11",
        "RM520N seems locked while it starts",
        "test_sim.py::test_a_modem_that_seems_locked_while_it_starts_is_asked_twice",
    ),
    _row("5.11", "ATZ fails before the PIN", f"{LINE}::test_commands_that_do_harm_are_never_written"),
    _row("5.11", "CFUN: 0 at boot", "test_network.py::test_a_radio_that_is_off_is_switched_on"),
    _row(
        "5.11",
        "CFUN? answered with ranges",
        "test_network.py::test_a_radio_that_is_on_or_will_not_say_is_left_alone",
    ),
    _row(
        "5.11",
        "one try for each card and PIN; the last one and the PUK are a person's",
        "test_sim.py::test_a_wrong_pin_costs_one_try_ever",
        "test_sim.py::test_another_sim_gets_its_own_try",
        "test_sim.py::test_the_last_try_is_left_to_a_person",
        "test_sim.py::test_a_locked_sim_is_left_to_a_person",
    ),
    _row(
        "5.11",
        "tries left, in each family's words",
        "at/test_responses.py::test_pin_counter",
        "test_sim.py::test_each_family_is_asked_for_its_tries_in_its_own_words",
        f"{FAMILIES}::test_the_last_try_is_left_to_a_person_in_every_family",
    ),
    _row(
        "5.11",
        "no IMEI",
        f"{BOOT}::test_a_modem_that_has_lost_its_imei_is_used",
        "test_modem_list.py::test_modems_that_hide_their_imei_stay_apart",
    ),
    # --- 5.12 Calls next to SMS ---
    _row(
        "5.12",
        "ATD with the semicolon; some families want a command before",
        "at/test_commands.py::test_texts",
        "test_calls.py::test_what_a_family_wants_before_its_first_call_is_said_once",
    ),
    _row(
        "5.12",
        "no CHLD before ^CONF; CHUP, ATH, CVHU",
        "test_calls.py::test_at_chup_else_ath_and_never_at_chld",
        "test_calls.py::test_an_ok_that_hung_nothing_up_is_seen_through",
    ),
    _row(
        "5.12",
        "SIM800 does not hang up",
        "test_calls.py::test_a_modem_that_does_not_let_go_is_told_of",
    ),
    _row(
        "5.12",
        "the index in +CLCC is not always 1",
        "test_calls.py::test_a_silent_modem_is_asked_and_its_call_need_not_be_the_first",
    ),
    _row(
        "5.12",
        "after any call CNMI again",
        "test_calls.py::test_after_each_call_the_inbox_looks_and_announcements_are_set_again",
        f"{STORAGE}::test_after_a_call_the_modem_is_told_again_to_announce",
    ),
    # --- 5.13 Recovery ladder ---
    _row(
        "5.13",
        "rungs 0 and 1: AT, ESC",
        f"{RECOVERY}::test_three_times_at_then_escape_before_the_port_is_closed",
        f"{RECOVERY}::test_a_modem_that_swallowed_one_command_gets_at_and_the_command_again",
        "test_modem.py::test_a_prompt_left_open_by_a_dead_program_is_left_with_escape",
    ),
    _row(
        "5.13",
        "rung 2: close, wait, reopen, set up; write error 11",
        f"{RECOVERY}::test_a_line_that_went_is_opened_again_after_two_seconds_and_set_up_anew",
        "test_transport.py::test_what_does_not_fit_leaves_later_and_in_order",
        "test_transport.py::test_a_modem_that_takes_nothing_is_given_up",
        "test_supervisor.py::test_a_restart_of_the_modem_is_survived_and_its_settings_are_made_again",
    ),
    _row(
        "5.13",
        "rung 3: a sibling of the same device only",
        "test_rescuer.py::test_a_sibling_is_greeted_and_let_go",
    ),
    _row(
        "5.13",
        "rung 4: the radio",
        "test_recovery_stories.py::test_a_lost_network_gets_the_radio_switched_off_and_on",
    ),
    _row(
        "5.13",
        "rung 5: restart with the port closed",
        f"{RECOVERY}::test_the_port_is_closed_as_soon_as_the_restart_is_written",
        f"{FAMILIES}::test_each_family_is_restarted_in_its_own_way_or_not_at_all",
        "test_rescuer.py::test_each_family_is_restarted_in_its_own_way",
        "test_recovery_stories.py::test_a_family_that_must_not_be_restarted_is_not",
    ),
    _row("5.13", "rung 6: rebind", "test_rescuer.py::test_the_kernel_is_asked_to_unplug_it"),
    _row(
        "5.13",
        "rung 7: power",
        f"{RECOVERY}::test_a_modem_that_left_the_bus_comes_back_when_its_power_was_off",
        "test_rescuer.py::test_a_switch_of_the_caller_may_hang_and_may_fail",
    ),
    _row(
        "5.13",
        "rung 8, back-off and caps",
        "test_ladder.py::test_the_rungs_come_in_order_and_are_backed_off",
        "test_ladder.py::test_no_rough_rung_is_used_more_than_twice_within_any_hour",
    ),
    _row(
        "5.13",
        "a bad number is no reason to climb",
        "test_recovery_stories.py::test_what_the_network_says_of_a_message_never_climbs",
    ),
)
