using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using Banter;

/// <summary>A player who chats: a game that is logged in and in step with the server, and what came to it.</summary>
sealed class Chatter : IDisposable
{
    static int players;

    internal readonly Game Game;
    internal readonly string Name;
    internal readonly List<Message> Received = new List<Message>(), Modified = new List<Message>();
    internal readonly List<MsgLocator> Recalled = new List<MsgLocator>();
    internal readonly List<MessageReceipt> Read = new List<MessageReceipt>();
    internal readonly List<string> Conversations = new List<string>();
    internal readonly List<int> Totals = new List<int>();
    internal readonly List<string> Order = new List<string>();

    /// <summary>A player whom no other test has to do with.</summary>
    internal static Chatter New(string name)
    {
        return new Chatter(name + Interlocked.Increment(ref players));
    }

    /// <summary>Another device of a player.</summary>
    internal Chatter(string user)
    {
        Name = user;
        Game = Game.StartBeside();
        Listen();
        LogIn();
    }

    internal BanterClient Client
    {
        get { return Game.Client; }
    }

    /// <summary>Logs in, and waits for all that was missed.</summary>
    internal void LogIn()
    {
        var synced = Order.Count(what => what == "sync finished");
        Game.Login(Name);
        Game.Until(() => Order.Count(what => what == "sync finished") > synced, "end of the sync");
    }

    void Listen()
    {
        Client.MessagesReceived += list => { Received.AddRange(list); Game.Hear("messages"); Order.AddRange(list.Select(m => m.Text)); };
        Client.MessagesModified += list => { Modified.AddRange(list); Game.Hear("modified"); };
        Client.MessagesRecalled += list => { Recalled.AddRange(list); Game.Hear("recalled"); };
        Client.MessagesRead += list => { Read.AddRange(list); Game.Hear("read"); };
        Client.ConversationsAdded += list => Conversations.AddRange(list.Select(info => "added " + info.Id));
        Client.ConversationsChanged += list => Conversations.AddRange(list.Select(info => "changed " + info.Id));
        Client.ConversationsDeleted += list => Conversations.AddRange(list.Select(info => "deleted " + info.Id));
        Client.TotalUnreadChanged += total => { Totals.Add(total); Game.Hear("total"); };
        Client.SyncStarted += () => Order.Add("sync started");
        Client.SyncFinished += () => Order.Add("sync finished");
    }

    internal Conversation With(Chatter other)
    {
        return Client.GetConversation(other.Name);
    }

    internal Message Write(Chatter to, string text)
    {
        return Game.Wait(With(to).SendTextAsync(text));
    }

    /// <summary>Waits for a message with a text.</summary>
    internal Message Wait(string text)
    {
        Game.Until(() => Received.Exists(m => m.Text == text), "message " + text);
        return Received.Find(m => m.Text == text);
    }

    internal ConvInfo Info(Chatter other)
    {
        return Game.Wait(With(other).GetInfoAsync());
    }

    public void Dispose()
    {
        Game.Dispose();
    }
}

static class ChatTests
{
    public static void TwoClientsChat()
    {
        const string hello = "聊天 チャット 채팅 👩‍👩‍👧‍👦🎮 \"½\"\n", reply = "Hello, alice! 你好";
        using (var bob = Chatter.New("bob"))
        using (var alice = Chatter.New("alice"))
        {
            string id;
            var sent = alice.Game.Wait(alice.With(bob).SendAsync(Message.FromText(hello), out id));
            Check.Equal(id, sent.MsgId, "the id that was known at once");
            Check.True(sent.IsMine && sent.Status == MsgStatus.SendSucc && sent.Text == hello, "the message as the server has it");
            var came = bob.Wait(hello);
            Check.Equal(id, came.MsgId, "the id at the other side");
            Check.True(!came.IsMine && !came.IsRecalled && came.Sender == alice.Name, "it is alice's");
            Check.True(Math.Abs((came.SentAt - bob.Client.ServerTime).TotalMinutes) < 5, "it was sent now");
            var conversation = bob.Client.GetConversation(came);
            Check.True(conversation.Id == alice.Name && conversation.Has(came), "where an answer goes");
            Check.True(!alice.With(bob).Has(came), "it is of no other conversation");
            bob.Game.Wait(conversation.SendTextAsync(reply));
            Check.Equal(bob.Name, alice.Wait(reply).Sender, "the sender of the reply");
            Check.Equal(1, alice.Received.Count, "the number of messages to alice");
        }
    }

    public static void ReadingIsCountedAndTold()
    {
        using (var bob = Chatter.New("bob"))
        using (var alice = Chatter.New("alice"))
        {
            for (var i = 1; i <= 3; i++) alice.Write(bob, "text " + i);
            bob.Wait("text 3");
            bob.Game.Until(() => bob.Totals.Count > 0 && bob.Totals.Last() == 3, "unread total of 3");
            Check.True(bob.Conversations.Contains("added " + alice.Name), "a conversation has come into being");
            var info = bob.Info(alice);
            Check.True(info.UnreadNum == 3 && info.LastMsg.Text == "text 3", "its entry of the list");
            Check.True(bob.Client.GetConversation(info).Has(info), "it is about the conversation");
            var conversation = bob.With(alice);
            bob.Game.Wait(conversation.MarkReadAsync(bob.Wait("text 1")));
            bob.Game.Until(() => bob.Totals.Last() == 2, "unread total of 2");
            bob.Game.Wait(conversation.MarkReadAsync());
            bob.Game.Until(() => bob.Totals.Last() == 0, "unread total of 0");
            Check.True(bob.Conversations.Contains("changed " + alice.Name), "the conversation has changed");
            alice.Game.Until(() => alice.Read.Exists(receipt => receipt.ConvId == bob.Name), "word that bob has read it");
        }
    }

    public static void SingleMessagesAreRead()
    {
        using (var bob = Chatter.New("bob"))
        using (var alice = Chatter.New("alice"))
        {
            var message = Message.FromText("read this");
            message.NeedReadReceipt = true;
            var sent = alice.Game.Wait(alice.With(bob).SendAsync(message));
            bob.Game.Wait(bob.With(alice).SendReceiptsAsync(new[] { bob.Wait("read this") }));
            alice.Game.Until(() => alice.Read.Exists(receipt => receipt.MsgId == sent.MsgId && receipt.IsPeerRead == true), "receipt of the message");
        }
    }

    public static void MessagesAreRecalled()
    {
        using (var bob = Chatter.New("bob"))
        using (var alice = Chatter.New("alice"))
        {
            var sent = alice.Write(bob, "a slip");
            var came = bob.Wait("a slip");
            sent.RevokeReason = "写错了";
            alice.Game.Wait(alice.With(bob).RecallAsync(sent));
            bob.Game.Until(() => bob.Recalled.Exists(locator => locator.IsOf(came)), "recall");
            Check.Equal(alice.Name + " 写错了", bob.Recalled[0].RevokerUserId + " " + bob.Recalled[0].RevokeReason, "who and why");
            Check.True(!bob.Recalled[0].IsOf(alice.Write(bob, "another")), "it names no other message");
            var left = bob.Game.Wait(bob.With(alice).LoadOlderAsync());
            var placeholder = left.Find(m => m.MsgId == sent.MsgId);
            Check.True(placeholder.IsRecalled && placeholder.Text == "", "nothing is left of it");
            var again = alice.Game.Failure(alice.With(bob).RecallAsync(sent));
            Check.True(again.Code != 0 && again.ReadMessage() == null, "a second time it fails");
        }
    }

    public static void MessagesAreModified()
    {
        using (var bob = Chatter.New("bob"))
        using (var alice = Chatter.New("alice"))
        {
            var sent = alice.Write(bob, "the frist");
            var came = bob.Wait("the frist");
            sent.ElemArray = Message.FromText("the first").ElemArray;
            var modified = alice.Game.Wait(alice.With(bob).ModifyAsync(sent));
            Check.Equal("the first", modified.Text, "the text after the change");
            bob.Game.Until(() => bob.Modified.Exists(m => m.MsgId == came.MsgId && m.Text == "the first"), "change");
            came.ElemArray = Message.FromText("the second").ElemArray; // from a copy that is outdated
            var failure = bob.Game.Failure(bob.With(alice).ModifyAsync(came));
            Check.Equal(8006, failure.Code, "the code of an outdated copy");
            Check.Equal("the first", failure.ReadMessage().Text, "the newest text");
        }
    }

    public static void AMessageThatWasNotSentIsTheSameWhenSentAgain()
    {
        using (var alice = Chatter.New("alice"))
        {
            string id;
            var conversation = alice.Client.GetConversation("dora");
            var unsent = alice.Game.Failure(conversation.SendAsync(Message.FromText("are you there?"), out id)).ReadMessage(); // she is not
            Check.True(unsent.MsgId == id && unsent.Status == MsgStatus.SendFail && unsent.Text == "are you there?", "the message comes back");
            using (var dora = new Chatter("dora"))
            {
                Check.Equal(id, alice.Game.Wait(conversation.SendAsync(unsent)).MsgId, "the id of the second try");
                Check.Equal(id, dora.Wait("are you there?").MsgId, "the id at the other side");
                Check.Equal(1, alice.Game.Wait(conversation.LoadOlderAsync()).Count, "the number of messages");
            }
        }
    }

    public static void WhatWasMissedComesWithTheSync()
    {
        using (var bob = Chatter.New("bob"))
        using (var alice = Chatter.New("alice"))
        {
            bob.Game.Wait(bob.Client.LogoutAsync());
            bob.Order.Clear();
            alice.Write(bob, "one");
            alice.Write(bob, "two");
            bob.LogIn();
            var order = new[] { "sync started", "one", "two", "sync finished" }.Select(what => bob.Order.IndexOf(what)).ToArray();
            Check.True(order[0] >= 0 && order.SequenceEqual(order.OrderBy(place => place)), "the order: " + string.Join(", ", bob.Order));
        }
    }

    public static void ConversationsArePinnedClearedAndDeleted()
    {
        using (var carol = Chatter.New("carol"))
        using (var bob = Chatter.New("bob"))
        using (var alice = Chatter.New("alice"))
        {
            var first = alice.Write(bob, "to bob");
            alice.Write(bob, "to bob again");
            alice.Write(carol, "to carol");
            var conversation = alice.With(bob);
            alice.Game.Wait(conversation.PinAsync());
            Check.Equal(bob.Name + " " + carol.Name, List(alice), "the list with a pin");
            alice.Game.Wait(conversation.PinAsync(false));
            alice.Game.Wait(alice.With(carol).PinAsync());
            Check.Equal(carol.Name + " " + bob.Name, List(alice), "the list with another pin");
            alice.Game.Wait(conversation.DeleteMessagesAsync(new[] { first }));
            var left = alice.Game.Wait(conversation.LoadOlderAsync());
            Check.True(left.Count == 1 && left[0].Text == "to bob again", "a single message is gone");
            alice.Game.Wait(conversation.ClearHistoryAsync());
            Check.Equal(0, alice.Game.Wait(conversation.LoadOlderAsync()).Count, "the number of messages after clearing");
            Check.True(alice.Info(bob) != null, "the conversation stays");
            alice.Game.Wait(conversation.DeleteAsync());
            alice.Game.Until(() => alice.Conversations.Contains("deleted " + bob.Name), "deletion");
            Check.True(alice.Info(bob) == null, "there is no such conversation");
            Check.Equal(carol.Name, List(alice), "the list after the deletion");
            Check.Equal(2, bob.Game.Wait(bob.With(alice).LoadOlderAsync()).Count, "the number of messages that bob has");
        }
    }

    public static void AConversationKeepsWhatTheUserNotes()
    {
        using (var bob = Chatter.New("bob"))
        using (var alice = Chatter.New("alice"))
        {
            var own = (ConversationMarkType)(1UL << 40);
            var conversation = alice.With(bob);
            Check.Equal("c2c_" + bob.Name, conversation.FullId, "the id with its kind");
            alice.Write(bob, "hi");
            conversation.SetDraft("未完 …");
            alice.Game.Until(() => alice.Info(bob).IsHasDraft == true, "draft");
            Check.Equal("未完 …", alice.Info(bob).Draft.Msg.Text, "the draft");
            conversation.SetDraft("");
            alice.Game.Until(() => alice.Info(bob).IsHasDraft == false, "end of the draft");
            alice.Game.Wait(conversation.MarkAsync(ConversationMarkType.Star));
            alice.Game.Wait(conversation.MarkAsync(own));
            alice.Game.Wait(conversation.SetCustomDataAsync("朋友"));
            var info = alice.Info(bob);
            Check.True(info.MarkArray.Count == 2 && info.MarkArray.Contains(own), "the marks: " + info.ToJson());
            Check.Equal("朋友", info.CustomData, "the custom data");
            alice.Game.Wait(conversation.MarkAsync(own, false));
            Check.Equal(1, alice.Info(bob).MarkArray.Count, "the number of marks");
            Check.True(alice.Game.Failure(conversation.SetCustomDataAsync(new string('x', 257))).Code != 0, "too much is refused");
            var nobody = alice.Client.GetConversation("nobody");
            Check.True(alice.Game.Failure(nobody.MarkAsync(ConversationMarkType.Star)).Code > 0, "there is no such conversation");
        }
    }

    public static void MessagesAreNotReceived()
    {
        using (var bob = Chatter.New("bob"))
        using (var alice = Chatter.New("alice"))
        {
            bob.Game.Wait(bob.With(alice).SetReceiveOptionAsync(ReceiveMessageOpt.NotReceive));
            alice.Write(bob, "unheard");
            bob.Game.Wait(bob.With(alice).SetReceiveOptionAsync(ReceiveMessageOpt.Receive));
            alice.Write(bob, "heard");
            bob.Wait("heard");
            Check.Equal("heard", string.Join(", ", bob.Received.Select(m => m.Text)), "what was received");
            Check.Equal(2, bob.Game.Wait(bob.With(alice).LoadOlderAsync()).Count, "the number of messages in the history");
        }
    }

    public static void MessagesHaveReactions()
    {
        using (var bob = Chatter.New("bob"))
        using (var alice = Chatter.New("alice"))
        {
            var counts = new List<uint>();
            var message = Message.FromText("well done");
            message.SupportMessageExtension = true;
            var sent = alice.Game.Wait(alice.With(bob).SendAsync(message));
            alice.Client.MsgReactionsChanged += list => counts.AddRange(list.Where(change => change.MsgId == sent.MsgId)
                .SelectMany(change => change.ReactionList).Where(one => one.Id == "👍").Select(one => one.TotalUserCount ?? 0));
            var came = bob.Wait("well done");
            bob.Game.Wait(bob.With(alice).AddReactionAsync(came, "👍"));
            alice.Game.Until(() => counts.Contains(1), "reaction");
            bob.Game.Wait(bob.With(alice).RemoveReactionAsync(came, "👍"));
            alice.Game.Until(() => counts.Contains(0), "end of the reaction");
        }
    }

    /// <summary>A file of this size is not uploaded before the next call is made.</summary>
    public static void WhatIsOnItsWayIsTakenBack()
    {
        using (var bob = Chatter.New("bob"))
        using (var alice = Chatter.New("alice"))
        {
            var file = Path.Combine(Game.Root, alice.Name);
            using (var made = File.Create(file)) made.SetLength(90 << 20);
            var message = new Message { ElemArray = new List<Elem> { new FileElem { FilePath = file } } };
            string id;
            var send = alice.With(bob).SendAsync(message, out id);
            alice.Game.Wait(alice.With(bob).CancelSendAsync(id));
            var failure = alice.Game.Failure(send);
            Check.Equal(8021, failure.Code, "the code of a send that was taken back");
            Check.True(failure.ReadMessage().MsgId == id && failure.ReadMessage().Status == MsgStatus.Cancel, "its message");
        }
    }

    static string List(Chatter who)
    {
        return string.Join(" ", who.Game.Wait(who.Client.ConvGetConvListAsync()).Select(info => info.Id));
    }

    /// <summary>A handler that throws is reported; the others hear all the same, and one that has left hears
    /// nothing.</summary>
    public static void EachHandlerRunsOnItsOwn()
    {
        using (var bob = Chatter.New("bob"))
        using (var alice = Chatter.New("alice"))
        {
            int before = 0, after = 0, gone = 0;
            Action<IReadOnlyList<Message>> thrower = list => { throw new InvalidTimeZoneException("of a handler"); };
            Action<IReadOnlyList<Message>> leaver = list => gone++;
            bob.Client.MessagesReceived += list => before += list.Count;
            bob.Client.MessagesReceived += thrower;
            bob.Client.MessagesReceived += leaver;
            bob.Client.MessagesReceived += null;
            bob.Client.MessagesReceived += list => after += list.Count;
            bob.Client.MessagesReceived -= leaver;
            alice.Write(bob, "one");
            bob.Game.Until(() => after == 1, "message behind the one who throws");
            Check.True(bob.Game.Unhandled.Count == 1 && bob.Game.Unhandled[0] is InvalidTimeZoneException, "it was told of");
            bob.Game.Unhandled.Clear();
            bob.Client.MessagesReceived -= thrower;
            alice.Write(bob, "two");
            bob.Game.Until(() => after == 2, "the next message");
            Check.True(before == 2 && gone == 0, "who heard what: " + before + ", " + gone);
        }
    }

    /// <summary>When the last handler leaves, and comes back.</summary>
    public static void HandlersComeAndGo()
    {
        using (var bob = Game.StartBeside())
        using (var alice = Chatter.New("alice"))
        {
            bob.Login("henry");
            var there = alice.Client.GetConversation("henry");
            var here = bob.Client.GetConversation(alice.Name);
            var heard = new List<string>();
            Action<IReadOnlyList<Message>> hear = list => heard.AddRange(list.Select(m => m.Text));
            bob.Client.MessagesReceived += hear;
            alice.Game.Wait(there.SendTextAsync("one"));
            bob.Until(() => heard.Contains("one"), "message");
            bob.Client.MessagesReceived -= hear;
            bob.Client.MessagesReceived -= hear; // once too often
            alice.Game.Wait(there.SendTextAsync("two"));
            bob.Until(() => bob.Wait(here.GetInfoAsync()).LastMsg.Text == "two", "the second message");
            Check.Equal("one", string.Join(", ", heard), "what was heard without a handler");
            bob.Client.MessagesReceived += hear;
            alice.Game.Wait(there.SendTextAsync("three"));
            bob.Until(() => heard.Contains("three"), "message to a handler that came back");
            Check.Equal("one, three", string.Join(", ", heard), "what was heard, each once");
        }
    }
}
