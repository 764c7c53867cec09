// SPDX-License-Identifier: Apache-2.0
// The consensus of docs/CONSENSUS.md as a Promela model; docs/MODEL.md says what it leaves out and why that is sound.
// Views, quorum and faults are macros, and so is every deliberate bug (MUTANT_...); check.py holds the table of what is run.
//
// One process does all steps. Its state is what the honest authorities have signed, plus the certificates that follow from it.
// A certificate is a fact: it exists from the moment at which q votes are visible, and any authority may see it at any time or
// never. A Byzantine authority has signed everything, so it is a constant added to every count. There are no leaders: whatever a
// rule admits may be proposed in any view, several times, as if every leader were Byzantine.

#ifndef HONEST
#define HONEST 3
#endif
#ifndef BYZANTINE
#define BYZANTINE 1
#endif
#ifndef QUORUM
#define QUORUM (2 * (HONEST + BYZANTINE) / 3 + 1)
#endif
#ifndef VIEWS
#define VIEWS 3
#endif
#ifndef BLOCKS
#define BLOCKS 2 /* different new blocks on one parent in one view */
#endif
#ifdef EPOCH_VIEWS /* the views 1..EPOCH_VIEWS are of epoch 0, the others of epoch 1, which begins again with view 1 */
#define BASE(v) ((v) > EPOCH_VIEWS -> EPOCH_VIEWS : 0)
#else
#define BASE(v) 0
#endif
#ifdef MUTANT_QUORUM_MINUS_ONE
#define ENOUGH (QUORUM - 1 - BYZANTINE)
#else
#define ENOUGH (QUORUM - BYZANTINE)
#endif
// What must hold. The names are false constants, so that the checker's report tells which one was broken.
hidden byte agreement, one_node_a_view, no_skip_of_final, parents_are_proven, positions_increase, no_evidence, one_anchor,
            nothing_below_the_end, witness;
#define MUST(name, condition) assert(name != 0 || (condition))
#ifdef ONLY_AGREEMENT /* a mutant must show a fork, not merely a broken lemma */
#define LEMMA(name, condition) skip
#else
#define LEMMA(name, condition) MUST(name, condition)
#endif

// ---- statements ----
// A node is the path from the anchor to it, one digit of two bits a view: 0 the view is skipped, 1 or 2 a new block, 3 the
// parent's block proposed again. So the parent is the path without its highest digit, and an ancestor is a prefix. With epochs,
// 2 is a block that ends the epoch, and a path of epoch 1 begins with the path of its anchor.

#define AGAIN 3
#define BELOW(v) ((1 << (2 * (v))) - 1) /* the digits of the views 1..v */
#define DIGIT(s, v) (((s) >> (2 * ((v) - 1))) & 3)
#define ADD(s, v, d) ((s) | ((d) << (2 * ((v) - 1))))

// ---- what each honest authority has decided to sign ----

int notarized[HONEST];    /* NOTARIZE: the statement; 2v bits of view v */
short finalized[HONEST];  /* FINALIZE: 1 of node[v], 2 of rival[v]; two bits a view */
short nullified[HONEST]; /* NULLIFY: since + 1; three bits a view */
byte guard[HONEST];  /* position of the last vote: 2v - 1 is NOTARIZE in v, 2v is FINALIZE or NULLIFY */
byte hf[HONEST];     /* highest view with an own FINALIZE */
#ifdef IN_FLIGHT
byte durable[HONEST];  /* votes up to this position are in the journal; the others are lost in a crash */
byte decided[HONEST];  /* the highest position of a vote, in flight or durable */
byte released[HONEST]; /* the highest position that anybody else has ever seen */
#endif
#ifdef AMNESIAC
bool forgot; /* authority 0 has lost its journal; once */
#endif

#define IS_FINAL(v, k) (final & ((k) << (2 * ((v) - 1))))
#define NOTARIZED(r, v) ((notarized[r] >> ((v) * ((v) - 1))) & BELOW(v))
#define FINALIZED(r, v) ((finalized[r] >> (2 * ((v) - 1))) & 3)
#define NULLIFIED(r, v) ((nullified[r] >> (3 * ((v) - 1))) & 7)
#define VOTED(r, p) ((p) % 2 -> NOTARIZED(r, ((p) + 1) / 2) : FINALIZED(r, (p) / 2) + NULLIFIED(r, (p) / 2))

// ---- certificates: facts that only grow ----

#if VIEWS > 4
#define PATH short
#else
#define PATH byte
#endif
PATH node[VIEWS + 1]; /* N(v): its statement */
#ifdef ONLY_AGREEMENT
PATH rival[VIEWS + 1]; /* a second N(v), of too many faults or a mutant; elsewhere its mere existence is an error */
#define RIVAL(v) rival[v]
#else
#define RIVAL(v) 0
#endif
short final;  /* F(v): of node[v], and of rival[v]; two bits a view */
byte covered; /* bit v: some S covers view v */
byte left;    /* bit v: S(v) exists */
#ifdef EPOCH_VIEWS
short anchor; /* the block with which epoch 0 ended; 0: it has not */
#endif

#if defined(IN_FLIGHT) && !defined(MUTANT_NO_PERSIST)
#define VISIBLE(r, p) (durable[r] >= (p))
#else
#define VISIBLE(r, p) true
#endif
#define SAID_NOTARIZE(r, v, s) (NOTARIZED(r, v) == (s) && VISIBLE(r, 2 * (v) - 1))
#define SAID_FINALIZE(r, v, k) (FINALIZED(r, v) == (k) && VISIBLE(r, 2 * (v)))
#define SAID_NULLIFY(r, v, c) (NULLIFIED(r, v) != 0 && NULLIFIED(r, v) <= (c) + 1 && VISIBLE(r, 2 * (v)))
#if HONEST == 1
#define COUNT(P, a, b) P(0, a, b)
#elif HONEST == 2
#define COUNT(P, a, b) (P(0, a, b) + P(1, a, b))
#elif HONEST == 3
#define COUNT(P, a, b) (P(0, a, b) + P(1, a, b) + P(2, a, b))
#elif HONEST == 4
#define COUNT(P, a, b) (P(0, a, b) + P(1, a, b) + P(2, a, b) + P(3, a, b))
#elif HONEST == 5
#define COUNT(P, a, b) (P(0, a, b) + P(1, a, b) + P(2, a, b) + P(3, a, b) + P(4, a, b))
#endif

#define IS_CERTIFIED(v) (node[v] != 0 || (left & (1 << (v))))
#ifdef EPOCH_VIEWS
#define CAN_BE_IN(v) ((v) == 1 || ((v) == EPOCH_VIEWS + 1 -> anchor != 0 : IS_CERTIFIED((v) - 1)))
#else
#define CAN_BE_IN(v) ((v) == 1 || IS_CERTIFIED((v) - 1)) /* R0 */
#endif
#define BITS_BETWEEN(a, b) ((1 << (b)) - 1 - ((1 << ((a) + 1)) - 1)) /* bits a + 1 .. b - 1 */
#ifdef MUTANT_NO_SKIP_PROOF
#define IS_COVERED(a, b) true
#else
#define IS_COVERED(a, b) ((covered & BITS_BETWEEN(a, b)) == BITS_BETWEEN(a, b))
#endif

hidden short block_, block_view_;
inline find_block(s) { /* the block that a path names: without the re-proposals at its end */
  block_ = s;
  block_view_ = VIEWS;
  do
  :: block_view_ > 0 && DIGIT(block_, block_view_) == 0 -> block_view_--
  :: block_view_ > 0 && DIGIT(block_, block_view_) == AGAIN -> block_ = block_ & BELOW(block_view_ - 1); block_view_--
  :: else -> break
  od
}

#define ENDS_EPOCH (block_view_ > 0 && DIGIT(block_, block_view_) == 2)

hidden short low_, high_;
hidden byte u_;
// Two final nodes lie on one branch; across the epochs, the block of the one is an ancestor of the other.
inline agree(a, va, b, vb) {
  if
  :: va < vb -> low_ = a; u_ = va; high_ = b
  :: else -> low_ = b; u_ = vb; high_ = a
  fi;
  if
  :: BASE(va) != BASE(vb) -> find_block(low_); low_ = block_; u_ = block_view_
  :: else
  fi;
  MUST(agreement, (high_ & BELOW(u_)) == low_)
}

hidden byte k_;
// The node stands on a notarised one, all views between are skipped, and below the end of an epoch nothing new stands.
inline check_parent(v, s) {
  u_ = v - 1;
  do
  :: u_ > BASE(v) && DIGIT(s, u_) == 0 -> u_--
  :: else -> break
  od;
  low_ = s & BELOW(u_);
  LEMMA(parents_are_proven, u_ == BASE(v) || low_ == node[u_]);
  LEMMA(parents_are_proven, (covered & BITS_BETWEEN(u_, v)) == BITS_BETWEEN(u_, v));
#ifdef EPOCH_VIEWS
  find_block(low_);
  LEMMA(nothing_below_the_end, v > EPOCH_VIEWS || DIGIT(s, v) == AGAIN || !ENDS_EPOCH);
#endif
  skip
}

// Called when the vote of a view became visible.
inline certify_node(v, s) {
  if
  :: COUNT(SAID_NOTARIZE, v, s) >= ENOUGH ->
     if
     :: node[v] == 0 -> node[v] = s
#ifdef ONLY_AGREEMENT
     :: node[v] != 0 && node[v] != s && rival[v] == 0 -> rival[v] = s
#endif
     :: else
     fi;
     LEMMA(one_node_a_view, node[v] == s);
     check_parent(v, s)
  :: else
  fi
}

// What a run must be able to reach; without it the properties would hold of a model that does nothing.
#if defined(WITNESS_SKIP) /* final, skipped, final */
#define WITNESS IS_FINAL(1, 1) && (covered & 4) && IS_FINAL(3, 1)
#elif defined(WITNESS_AGAIN) /* a block that is final only by its second re-proposal */
#define WITNESS !IS_FINAL(1, 3) && !IS_FINAL(2, 3) && IS_FINAL(3, 1) && DIGIT(node[3], 3) == AGAIN && DIGIT(node[3], 2) == AGAIN
#elif defined(WITNESS_EPOCH) /* a block of epoch 1, whose anchor became final by a re-proposal */
#define WITNESS !IS_FINAL(1, 3) && IS_FINAL(2, 1) && IS_FINAL(3, 1)
#else
#define WITNESS false
#endif

hidden short final_;
inline certify_final(v, k) {
  if
  :: COUNT(SAID_FINALIZE, v, k) >= ENOUGH && !IS_FINAL(v, k) ->
     final = final | (k << (2 * (v - 1)));
     final_ = (k == 1 -> node[v] : RIVAL(v));
     LEMMA(no_skip_of_final, !(covered & (1 << v)));
     MUST(witness, !(WITNESS));
     for (k_ : 1 .. VIEWS) {
       if
       :: IS_FINAL(k_, 1) -> agree(final_, v, node[k_], k_)
       :: else
       fi;
#ifdef ONLY_AGREEMENT
       if
       :: IS_FINAL(k_, 2) -> agree(final_, v, rival[k_], k_)
       :: else
       fi
#endif
     }
#ifdef EPOCH_VIEWS
     find_block(final_);
     if
     :: v <= EPOCH_VIEWS && ENDS_EPOCH ->
        LEMMA(one_anchor, anchor == 0 || anchor == block_);
        if
        :: anchor == 0 -> anchor = block_
        :: else
        fi
     :: else
     fi
#endif
  :: else
  fi
}

inline certify_skip(v) {
  k_ = BASE(v);
  do
  :: k_ < v && COUNT(SAID_NULLIFY, v, k_) < ENOUGH -> k_++
  :: else -> break
  od;
  if
  :: k_ < v ->
     left = left | (1 << v);
     for (k_ : k_ + 1 .. v) {
       covered = covered | (1 << k_);
       LEMMA(no_skip_of_final, !IS_FINAL(k_, 3))
     }
  :: else
  fi
}

// ---- authorities are alike: keeping them in order leaves one of up to HONEST! states that differ in names only ----

#define SAME_VOTES(a, b) (notarized[a] == notarized[b] && finalized[a] == finalized[b] && nullified[a] == nullified[b])
#ifdef IN_FLIGHT
#define SAME_JOURNAL(a, b) (durable[a] == durable[b] && decided[a] == decided[b] && released[a] == released[b])
#define JOURNAL_ABOVE(a, b) (durable[a] > durable[b])
#else
#define SAME_JOURNAL(a, b) true
#define JOURNAL_ABOVE(a, b) (guard[a] > guard[b])
#endif
#ifdef KEEP_NAMES /* for a story that can be read: nothing is sorted */
#define IS_TWIN(a, b) false
#else
#define IS_TWIN(a, b) (SAME_VOTES(a, b) && guard[a] == guard[b] && hf[a] == hf[b] && SAME_JOURNAL(a, b))
#endif
#define ABOVE_BY(of, a, b, otherwise) (of[a] > of[b] || (of[a] == of[b] && (otherwise)))
#define IS_ABOVE(a, b) \
  ABOVE_BY(notarized, a, b, ABOVE_BY(finalized, a, b, nullified[a] > nullified[b] || (SAME_VOTES(a, b) && JOURNAL_ABOVE(a, b))))
hidden int swap_;
#define SWAP(of, a, b) swap_ = of[a]; of[a] = of[b]; of[b] = swap_
inline order(a, b) {
  if
  :: IS_ABOVE(a, b) ->
#ifdef IN_FLIGHT
     SWAP(durable, a, b);
     SWAP(decided, a, b);
     SWAP(released, a, b);
#endif
     SWAP(notarized, a, b);
     SWAP(finalized, a, b);
     SWAP(nullified, a, b);
     SWAP(guard, a, b);
     SWAP(hf, a, b)
  :: else
  fi
}
hidden byte pass_, at_;
inline order_all() {
#if HONEST > 1 && !defined(AMNESIAC) && !defined(KEEP_NAMES)
  for (pass_ : 2 .. HONEST) {
    at_ = 0;
    do
    :: at_ + pass_ <= HONEST -> order(at_, at_ + 1); at_++
    :: else -> break
    od
  }
#else
  skip
#endif
}

// ---- the guard and the journal ----

#ifdef MUTANT_EPOCH_BACK /* compares the view alone, and so begins anew when an old epoch's view is voted in */
#define WAS_RESET(r, p) (guard[r] > 2 * EPOCH_VIEWS && (p) <= 2 * EPOCH_VIEWS)
#else
#define WAS_RESET(r, p) false
#endif
#define IS_FREE(r, p) (VOTED(r, p) == 0) /* follows from the guard, but in mutants */
#define ADMITS(r, p) ((guard[r] < (p) || WAS_RESET(r, p)) && IS_FREE(r, p))
#define HF(r, v) (WAS_RESET(r, 2 * (v)) || hf[r] < BASE(v) -> BASE(v) : hf[r])

hidden byte p_;
hidden short s_;
// The vote at position p of authority r can be seen by others from here on.
inline release(r, p) {
#ifdef IN_FLIGHT
  LEMMA(positions_increase, released[r] < p);
  released[r] = (released[r] < p -> p : released[r]);
#else
  for (p_ : p + 1 .. 2 * VIEWS) {
    LEMMA(positions_increase, VOTED(r, p_) == 0)
  }
#endif
  if
  :: p % 2 -> s_ = NOTARIZED(r, (p + 1) / 2); certify_node((p + 1) / 2, s_)
  :: else ->
     if
     :: FINALIZED(r, p / 2) != 0 -> s_ = FINALIZED(r, p / 2); certify_final(p / 2, s_)
     :: else -> certify_skip(p / 2)
     fi
  fi
}
inline advance_guard(r, p) {
#ifdef MUTANT_EPOCH_BACK
  guard[r] = p;
#else
  guard[r] = (guard[r] < p -> p : guard[r]); /* in mutants only may it be lower */
#endif
  if
  :: p % 2 == 0 && FINALIZED(r, p / 2) != 0 && hf[r] < p / 2 -> hf[r] = p / 2
  :: p % 2 == 0 && FINALIZED(r, p / 2) == 0 && hf[r] < BASE(p / 2) -> hf[r] = 0
  :: else
  fi
}

// The vote at position p of authority r was decided: the guard advances at once, the journal follows, then others may see it.
inline cast(r, p) {
#ifdef IN_FLIGHT
  decided[r] = (decided[r] < p -> p : decided[r]);
#endif
#ifndef MUTANT_GUARD_AT_FSYNC
  advance_guard(r, p);
#endif
#ifndef IN_FLIGHT
  release(r, p);
#elif defined(MUTANT_NO_PERSIST)
  release(r, p);
#endif
  order_all()
}

#ifdef IN_FLIGHT
#define FIRST_IN_FLIGHT(r) p_ = durable[r] + 1; do :: p_ <= 2 * VIEWS && VOTED(r, p_) == 0 -> p_++ :: else -> break od
#define HAS_IN_FLIGHT(r) (durable[r] < decided[r])
inline persist(r) { /* one fdatasync: the next vote; a batch of several is several of these in a row */
  FIRST_IN_FLIGHT(r);
  durable[r] = p_;
  printf("authority %d: durable up to %d\n", r, p_);
#ifdef MUTANT_GUARD_AT_FSYNC
  advance_guard(r, durable[r]);
#endif
#ifndef MUTANT_NO_PERSIST
  release(r, durable[r]);
#endif
  order_all()
}
inline crash(r) { /* what is not in the journal is forgotten; a torn tail is a crash after some persists */
  for (p_ : durable[r] + 1 .. 2 * VIEWS) {
    forget(r, p_)
  }
  printf("authority %d: crash\n", r);
  guard[r] = durable[r];
  decided[r] = durable[r];
#ifdef MUTANT_HF_NOT_RECOVERED
  finalized[r] = 0;
#endif
  hf[r] = 0;
  for (p_ : 1 .. VIEWS) {
    hf[r] = (FINALIZED(r, p_) != 0 -> p_ : hf[r])
  }
  order_all()
}
#endif
inline forget(r, p) {
  if
  :: p % 2 -> notarized[r] = notarized[r] & ((1 << (((p + 1) / 2) * ((p - 1) / 2))) - 1)
  :: else ->
     finalized[r] = finalized[r] & BELOW(p / 2 - 1);
     nullified[r] = nullified[r] & ((1 << (3 * (p / 2 - 1))) - 1)
  fi
}

// ---- the rules ----

#ifdef EPOCH_VIEWS
#define ROOT(v) ((v) > EPOCH_VIEWS -> anchor : 0)
#else
#define ROOT(v) 0
#endif
#define HAS_VOTED_FIRST(r, v, s) (NOTARIZED(r, v) == ADD(s, v, 1))
#ifdef EPOCH_VIEWS
#define SECOND_BLOCK_MAKES_SENSE(v, s) true /* 1 and 2 are two kinds of block */
#else /* two blocks differ in name only, so the first one that is voted for is 1 */
#define SECOND_BLOCK_MAKES_SENSE(v, s) (BLOCKS == 2 && (node[v] == ADD(s, v, 1) || COUNT(HAS_VOTED_FIRST, v, s) > 0))
#endif

#ifdef PLAIN_SIMPLEX /* without range-nullify; late finalising is safe then */
#define SINCE(r, v) ((v) - 1)
#elif defined(MUTANT_SINCE_ZERO)
#define SINCE(r, v) BASE(v)
#else
#define SINCE(r, v) HF(r, v)
#endif

#define CAN_NOTARIZE(r, v) (CAN_BE_IN(v) && ADMITS_NOTARIZE(r, v))
#ifdef MUTANT_DOUBLE_NOTARIZE
#define ADMITS_NOTARIZE(r, v) (guard[r] <= 2 * (v) - 1)
#else
#define ADMITS_NOTARIZE(r, v) ADMITS(r, 2 * (v) - 1)
#endif
#define IS_NOT_ANOTHER(r, v, s) (NOTARIZED(r, v) == 0 || NOTARIZED(r, v) == (s))
#ifdef MUTANT_LATE_FINALIZE
#define CAN_FINALIZE(r, v, s) ((s) != 0 && IS_NOT_ANOTHER(r, v, s) && IS_FREE(r, 2 * (v)))
#elif defined(MUTANT_FINALIZE_AFTER_NULLIFY) /* of the same view only */
#define CAN_FINALIZE(r, v, s) ((s) != 0 && IS_NOT_ANOTHER(r, v, s) && FINALIZED(r, v) == 0 && guard[r] <= 2 * (v))
#else
#define CAN_FINALIZE(r, v, s) ((s) != 0 && IS_NOT_ANOTHER(r, v, s) && ADMITS(r, 2 * (v)))
#endif
#define CAN_NULLIFY(r, v) ((CAN_BE_IN(v) || (left & (1 << (v)))) && ADMITS(r, 2 * (v))) /* R6, or R6b */

// To look at fewer views; they may vote in no other.
#if defined(MUTANTS) || defined(IN_FLIGHT) || defined(AMNESIAC)
#define IS_DONE(r) false
#define LOWEST_VIEW(r) 1
#else
#define IS_DONE(r) (guard[r] == 2 * VIEWS)
#define LOWEST_VIEW(r) (guard[r] / 2 + 1)
#endif

// Nobody may find FINALIZE(k) and NULLIFY(since < k <= v) of one honest authority.
hidden byte e_;
inline check_evidence(r, v) {
  for (e_ : 1 .. VIEWS) {
    LEMMA(no_evidence, FINALIZED(r, v) == 0 || NULLIFIED(r, e_) == 0 || e_ < v || NULLIFIED(r, e_) > v);
    LEMMA(no_evidence, FINALIZED(r, e_) == 0 || NULLIFIED(r, v) == 0 || e_ > v || NULLIFIED(r, v) > e_)
  }
}

#if !defined(EPOCH_VIEWS) || defined(MUTANT_CHILD_OF_END)
#define MAY_HAVE_CHILD(v) true
#else
#define MAY_HAVE_CHILD(v) (!ended || (v) > EPOCH_VIEWS)
#endif

active proctype authorities() {
  byte r;  /* who */
  byte v;  /* votes in which view */
  byte w;  /* the parent's view; since */
  short s; /* the parent; the statement */
#ifdef EPOCH_VIEWS
  bool ended; /* the parent's block ends the epoch */
#endif
  do
  :: atomic {
       select(r : 0 .. HONEST - 1);
       if
       :: IS_DONE(r) || (r > 0 && IS_TWIN(r, r - 1)) -> goto nothing
       :: else
       fi;
       select(v : LOWEST_VIEW(r) .. VIEWS);
       if
       :: CAN_NOTARIZE(r, v) -> /* R3 and R4 */
          select(w : BASE(v) .. v - 1);
          if
          :: w == BASE(v) -> s = ROOT(v)
          :: w != BASE(v) && node[w] != 0 -> s = node[w]
          :: w != BASE(v) && RIVAL(w) != 0 -> s = RIVAL(w)
#ifdef MUTANT_NO_PARENT_CERTIFICATE
          :: w != BASE(v) && NOTARIZED(0, w) != 0 -> s = NOTARIZED(0, w)
#endif
          :: else -> goto nothing
          fi;
          if
          :: IS_COVERED(w, v)
          :: else -> goto nothing
          fi;
#ifdef EPOCH_VIEWS
          d_step { find_block(s); ended = ENDS_EPOCH }
#endif
          if
          :: s != 0 -> s = ADD(s, v, AGAIN) /* no statement names block 0, but a later anchor could be proposed again */
          :: MAY_HAVE_CHILD(v) -> s = ADD(s, v, 1)
          :: MAY_HAVE_CHILD(v) && SECOND_BLOCK_MAKES_SENSE(v, s) -> s = ADD(s, v, 2)
          :: else -> goto nothing
          fi;
          d_step {
#ifdef MUTANT_DOUBLE_NOTARIZE
            notarized[r] = notarized[r] & ~(BELOW(v) << (v * (v - 1)));
#endif
            notarized[r] = notarized[r] | (s << (v * (v - 1)));
            printf("authority %d: NOTARIZE view %d, path %d\n", r, v, s);
            cast(r, 2 * v - 1);
            skip
          }
       :: CAN_FINALIZE(r, v, node[v]) || CAN_FINALIZE(r, v, RIVAL(v)) -> /* R2 */
          if
          :: CAN_FINALIZE(r, v, node[v]) -> w = 1
          :: CAN_FINALIZE(r, v, RIVAL(v)) -> w = 2
          fi;
          d_step {
            finalized[r] = finalized[r] | (w << (2 * (v - 1)));
            check_evidence(r, v);
            printf("authority %d: FINALIZE view %d\n", r, v);
            cast(r, 2 * v);
            skip
          }
       :: CAN_NULLIFY(r, v) -> /* since = max(hf, lf.view), and lf is any final node that it may have heard of */
          select(w : SINCE(r, v) .. v - 1);
          if
          :: w == SINCE(r, v) || IS_FINAL(w, 3)
          :: else -> goto nothing
          fi;
          d_step {
            nullified[r] = nullified[r] | ((w + 1) << (3 * (v - 1)));
            check_evidence(r, v);
            printf("authority %d: NULLIFY view %d, since %d\n", r, v, w);
            cast(r, 2 * v);
            skip
          }
#ifdef IN_FLIGHT
       :: v == VIEWS && HAS_IN_FLIGHT(r) -> d_step {
            persist(r);
            skip
          }
       :: v == VIEWS && HAS_IN_FLIGHT(r) -> d_step {
            crash(r);
            skip
          }
#endif
#ifdef AMNESIAC
       :: r == 0 && v == VIEWS && !forgot -> d_step {
            printf("authority 0: the journal is lost\n");
            forgot = true;
            notarized[0] = 0; finalized[0] = 0; nullified[0] = 0; guard[0] = 0; hf[0] = 0
          }
#endif
       :: else
       fi;
nothing:
#ifdef EPOCH_VIEWS
       ended = false;
#endif
       r = 0; v = 0; w = 0; s = 0
     }
  od
}
