using System;
using System.IO;
using System.Net;
using System.Text;
using System.Threading.Tasks;
using Banter;
using Newtonsoft.Json.Linq;

namespace BanterEditor
{
    /// <summary>What `banterd dev` offers to whoever develops a game. A server in production makes no
    /// tickets.</summary>
    internal sealed class DevServer
    {
        const string Administrator = "administrator";
        const int TimeoutMilliseconds = 10000;

        readonly string rest;
        readonly ulong appId;

        internal DevServer(string rest, ulong appId)
        {
            this.rest = rest.TrimEnd('/');
            this.appId = appId;
        }

        /// <summary>Logs a test user in, with a ticket that is good for so many seconds.</summary>
        internal async Task LogInAsync(BanterClient client, string user, int seconds)
        {
            await client.LoginAsync(user, await TicketAsync(user, seconds));
        }

        /// <summary>Replaces the ticket in use by one that runs out at once.</summary>
        internal async Task ExpireAsync(BanterClient client)
        {
            var user = client.LoginUserId;
            if (user == "") throw new InvalidOperationException("nobody is logged in");
            await LogInAsync(client, user, 1);
        }

        /// <summary>Kicks a user as the game's backend does.</summary>
        internal async Task KickAsync(string user)
        {
            if (user == "") throw new InvalidOperationException("nobody is logged in");
            var ticket = await TicketAsync(Administrator, 60);
            var answer = await AskAsync("/v4/im_open_login_svc/kick?sdkappid=" + appId + "&identifier=" + Administrator +
                "&random=" + (uint)Environment.TickCount + "&contenttype=json&usersig=" + Uri.EscapeDataString(ticket),
                new JObject { { "UserID", user } }.ToString());
            if ((string)answer["ActionStatus"] != "OK") throw new InvalidOperationException("the server refused: " + answer["ErrorInfo"]);
        }

        async Task<string> TicketAsync(string user, int seconds)
        {
            var answer = await AskAsync("/dev/usersig?user=" + Uri.EscapeDataString(user) + "&expire=" + seconds, null);
            return (string)answer["user_sig"];
        }

        Task<JObject> AskAsync(string path, string body)
        {
            return Task.Run(() => Ask(path, body));
        }

        /// <summary>Asks the server. No exception holds the address, in which a ticket may stand.</summary>
        JObject Ask(string path, string body)
        {
            var request = (HttpWebRequest)WebRequest.Create(rest + path);
            request.Timeout = TimeoutMilliseconds;
            try
            {
                if (body != null) Send(request, body);
                using (var response = request.GetResponse()) return Read(response);
            }
            catch (WebException e)
            {
                if (e.Response == null) throw new InvalidOperationException("no banterd dev at " + rest + ": " + e.Status);
                using (e.Response) throw new InvalidOperationException("the server refused: " + Read(e.Response)["error"]);
            }
        }

        static void Send(WebRequest request, string body)
        {
            request.Method = "POST";
            var bytes = Encoding.UTF8.GetBytes(body);
            using (var to = request.GetRequestStream()) to.Write(bytes, 0, bytes.Length);
        }

        static JObject Read(WebResponse response)
        {
            using (var from = new StreamReader(response.GetResponseStream()))
            {
                var text = from.ReadToEnd();
                return text.StartsWith("{", StringComparison.Ordinal) ? JObject.Parse(text) : new JObject { { "error", text.Trim() } };
            }
        }
    }
}
