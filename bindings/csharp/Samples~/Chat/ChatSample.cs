using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Banter;
using UnityEngine;
using UnityEngine.UIElements;

namespace Banter.Samples
{
    /// <summary>Put it on a UI Document, beside something that logs in, such as the sample Login. It lists the
    /// player's conversations, shows the one that is open and sends what is written.</summary>
    [RequireComponent(typeof(UIDocument))]
    public sealed class ChatSample : MonoBehaviour
    {
        [Tooltip("Somebody to begin with, who has logged in before.")]
        [SerializeField] string other = "bob";

        readonly CancellationTokenSource ending = new CancellationTokenSource();
        readonly List<Message> shown = new List<Message>(); // of the open conversation, oldest first
        BanterClient client;
        ChatView view;
        Conversation open;
        MessageHistory history;

        void Start()
        {
            client = BanterClient.Default;
            view = new ChatView(GetComponent<UIDocument>().rootVisualElement);
            view.Opened += to => Run(() => OpenAsync(to));
            view.OlderAsked += () => Run(LoadOlderAsync);
            view.Written += text => Run(() => SendAsync(text));
            client.LoginStatusChanged += OnStatus;
            client.MessagesReceived += OnReceived;
            client.MessagesModified += OnModified;
            client.MessagesRecalled += OnRecalled;
            client.ConversationsAdded += OnConversations;
            client.ConversationsChanged += OnConversations;
            client.ConversationsDeleted += OnConversations;
            client.TotalUnreadChanged += view.ShowUnread;
            OnStatus(client.LoginStatus);
        }

        void OnDestroy()
        {
            ending.Cancel();
            if (view == null) return; // it never started
            client.LoginStatusChanged -= OnStatus;
            client.MessagesReceived -= OnReceived;
            client.MessagesModified -= OnModified;
            client.MessagesRecalled -= OnRecalled;
            client.ConversationsAdded -= OnConversations;
            client.ConversationsChanged -= OnConversations;
            client.ConversationsDeleted -= OnConversations;
            client.TotalUnreadChanged -= view.ShowUnread;
        }

        void OnStatus(LoginStatus status)
        {
            if (status != LoginStatus.Logined) return;
            Run(ListAsync);
            if (open == null) Run(() => OpenAsync(client.GetConversation(other)));
        }

        void OnConversations(IReadOnlyList<ConvInfo> changed)
        {
            Run(ListAsync); // this device has the list: it costs no request
        }

        async Task ListAsync()
        {
            view.ShowConversations(client, await client.ConvGetConvListAsync(ending.Token));
        }

        async Task OpenAsync(Conversation conversation)
        {
            open = conversation;
            history = conversation.ReadHistory();
            shown.Clear();
            view.ShowMessages(shown);
            await LoadOlderAsync();
        }

        async Task LoadOlderAsync()
        {
            var reading = history;
            if (reading == null) return;
            var page = await reading.LoadOlderAsync(ending.Token);
            if (reading != history) return; // another conversation was opened meanwhile
            foreach (var message in page)
            {
                if (!shown.Exists(one => one.MsgId == message.MsgId)) shown.Insert(0, message);
            }
            view.ShowMessages(shown);
            if (shown.Count > 0) await open.MarkReadAsync(null, ending.Token);
        }

        /// <summary>Shows a message while it is on its way, and then what has become of it.</summary>
        async Task SendAsync(string text)
        {
            var to = open;
            if (to == null || text == "") return;
            var message = Message.FromText(text);
            string id;
            var sending = to.SendAsync(message, out id, ending.Token);
            message.MsgId = id;
            message.IsFromSelf = true;
            message.Status = MsgStatus.Sending;
            Put(to, message);
            try
            {
                Put(to, await sending);
            }
            catch (BanterException e)
            {
                message.Status = MsgStatus.SendFail;
                Put(to, e.ReadMessage() ?? message);
                throw;
            }
        }

        void OnReceived(IReadOnlyList<Message> list)
        {
            var any = false;
            foreach (var message in list)
            {
                if (open == null || !open.Has(message)) continue;
                Put(open, message);
                any = true;
            }
            if (any) Run(() => open.MarkReadAsync(null, ending.Token));
        }

        void OnModified(IReadOnlyList<Message> list)
        {
            foreach (var message in list)
            {
                if (shown.Exists(one => one.MsgId == message.MsgId)) Put(open, message);
            }
        }

        void OnRecalled(IReadOnlyList<MsgLocator> list)
        {
            foreach (var message in shown)
            {
                foreach (var locator in list)
                {
                    if (locator.IsOf(message)) message.Status = MsgStatus.Revoked;
                }
            }
            view.ShowMessages(shown);
        }

        /// <summary>Shows a message in its place, or as the newest.</summary>
        void Put(Conversation of, Message message)
        {
            if (of != open) return;
            var place = shown.FindIndex(one => one.MsgId == message.MsgId);
            if (place < 0) shown.Add(message);
            else shown[place] = message;
            view.ShowMessages(shown);
        }

        async void Run(Func<Task> work)
        {
            try
            {
                await work();
            }
            catch (OperationCanceledException) // the scene went
            {
            }
            catch (BanterException e)
            {
                Debug.LogWarning(e.Message);
            }
        }
    }
}
